import { runSubgraph } from '../shared/run-subgraph.ts';
import { defineNews } from './define-news.ts';

await runSubgraph({ name: 'news', defaultPort: 4204 }, defineNews);
