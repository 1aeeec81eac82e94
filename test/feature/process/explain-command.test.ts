import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const DASHBOARD = fileURLToPath(new URL('../../../schema/operations/01-dashboard.graphql', import.meta.url));

test('explains an operation of the platform without a gateway, in text and in JSON', async () => {
  const variables = ['--variables', '{"portfolioId":"any"}'];
  const [text, json] = [
    runTributary(['explain', DASHBOARD, ...variables]),
    runTributary(['explain', DASHBOARD, ...variables, '--json']),
  ];
  assert.deepEqual(await Promise.all([text.ended, json.ended]), [0, 0]);
  assert.match(text.output(), /^query Dashboard {2}\d+ fetches from 3 subgraphs/);
  assert.match(text.output(), /price {2}at portfolio\.holdings\.nodes\.@\.token/);
  assert.match(text.output(), /^cost {2}276 points {2}allowed for FREE, PRO, BUSINESS, ENTERPRISE$/m);
  const { operation, plan, cost } = JSON.parse(json.output());
  assert.deepEqual(operation, { type: 'query', name: 'Dashboard' });
  assert.deepEqual(plan.subgraphs.toSorted(), ['analytics', 'portfolio', 'price']);
  assert.equal(cost.points, 276);
  assert.deepEqual(cost.subgraphs, { portfolio: 63, price: 128, analytics: 85 });
  const prices = cost.fields.find(
    ({ path }: { path: string }) => path === 'portfolio.holdings.nodes.token.price',
  );
  assert.deepEqual(prices, { path: 'portfolio.holdings.nodes.token.price', points: 40, subgraph: 'price' });
});

test('names which rule refuses a caller what', async () => {
  const args = ['explain', DASHBOARD, '--variables', '{"portfolioId":"any"}'];
  const [text, json, both] = [
    runTributary([...args, '--tier', 'PRO', '--scopes', 'watchlist:read', '--user', 'usr_1']),
    runTributary([...args, '--anonymous', '--json']),
    runTributary([...args, '--anonymous', '--user', 'usr_1']),
  ];
  assert.deepEqual(await Promise.all([text.ended, json.ended, both.ended]), [0, 0, 2]);
  assert.match(
    text.output(),
    /^rules {2}PRO with watchlist:read for usr_1: 1 of \d+ guarded fields refused$/m,
  );
  assert.match(text.output(), /^ {3}Query\.portfolio {2}FORBIDDEN {2}hasScopes\(portfolio:read\)$/m);
  const { rules, plan } = JSON.parse(json.output());
  assert.deepEqual(
    rules.refused.map(({ coordinate, code, paths }: Record<string, unknown>) => [coordinate, code, paths]),
    [['Query.portfolio', 'UNAUTHENTICATED', ['portfolio']]],
  );
  assert.deepEqual(plan.subgraphs, ['analytics', 'price']);
});

test('what would be refused ends with 1 and its place, wrong use with 2', async () => {
  using folder = createTemporaryFolder();
  const file = folder.write('wrong.graphql', '{\n  nothing\n}\n');
  const refused = runTributary(['explain', file]);
  const missing = runTributary(['explain', join(folder.path, 'missing.graphql')]);
  const noJson = runTributary(['explain', file, '--variables', 'id=1']);
  const noFile = runTributary(['explain']);
  const codes = await Promise.all([refused, missing, noJson, noFile].map(({ ended }) => ended));
  assert.deepEqual(codes, [1, 1, 2, 2]);
  assert.match(refused.output(), /GRAPHQL_VALIDATION_FAILED .*\(line 2, column 3\)/);
  assert.match(noJson.output(), /expected a JSON object/);
});
