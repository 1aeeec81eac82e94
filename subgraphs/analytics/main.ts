import { runSubgraph } from '../shared/run-subgraph.ts';
import { defineAnalytics } from './define-analytics.ts';

await runSubgraph({ name: 'analytics', defaultPort: 4203 }, defineAnalytics);
