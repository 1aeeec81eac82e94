import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createMobileClient } from './client.ts';
import { DOCUMENT_IDS } from './document-ids.ts';

/** Asks the demo platform for the market and the first portfolio: `node examples/mobile/main.ts [--demo FILE]`. */
const { values } = parseArgs({ options: { demo: { type: 'string', default: '.tributary/demo.json' } } });
const demo = JSON.parse(readFileSync(values.demo, 'utf8'));
const client = createMobileClient({
  url: demo.graphql,
  apiKey: demo.keys.free,
  name: 'mobile',
  version: '1.0.0',
});
const [market, portfolio] = await Promise.all([
  client.query(DOCUMENT_IDS.Market),
  client.query(DOCUMENT_IDS.Portfolio, { id: demo.users[0].portfolioId }),
]);
console.log(JSON.stringify({ market, portfolio }, undefined, 2));
