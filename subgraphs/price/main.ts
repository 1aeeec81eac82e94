import { runSubgraph } from '../shared/run-subgraph.ts';
import { definePrice } from './define-price.ts';

await runSubgraph({ name: 'price', defaultPort: 4202 }, definePrice);
