import { runSubgraph } from '../shared/run-subgraph.ts';
import { definePortfolio } from './define-portfolio.ts';

await runSubgraph({ name: 'portfolio', defaultPort: 4201 }, (settings, log) =>
  definePortfolio(settings, log, { isDemo: process.env.DEMO === '1' }),
);
