import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilArrived } from '../kit/gateway-progress.ts';
import { createTradingWorld, readClaims, type TradingWorld } from '../kit/trading-world.ts';

/** Two hundred operations at once: as few calls as promised, and every answer as if it had been alone. */

const CONCURRENT = 200;
const OFF = 'entities: false, requests: false, coalesce: false, operations: false';
const SETTINGS = 'subgraphs: { all: { timeoutMs: 30000 } }\nserver: { operationTimeoutMs: 60000 }';
const NAMES = ['ada', 'bob', 'cleo'] as const;

interface Operation {
  readonly query: string;
  readonly variables?: Record<string, unknown>;
  readonly headers?: Record<string, string>;
}

const DASHBOARD = `query Dashboard($id: ID!) {
  portfolio(id: $id) {
    owner total
    holdings { id value token { id price } }
    spare { value token { volume } }
  }
}`;

const send = ({ gateway }: TradingWorld, { query, ...options }: Operation) => gateway.query(query, options);

/** Portfolios of twenty tokens that overlap with those of others. */
function dashboards({ callers }: TradingWorld): Operation[] {
  return Array.from({ length: CONCURRENT }, (_, index) => ({
    query: DASHBOARD,
    variables: { id: `20-${index % 40}` },
    headers: callers[NAMES[index % NAMES.length] ?? 'ada'],
  }));
}

function mixed({ callers }: TradingWorld): Operation[] {
  const kinds: ((index: number) => Operation)[] = [
    (index) => ({ query: DASHBOARD, variables: { id: `5-${index % 7}` } }),
    (index) => ({ query: `{ tokens(ids: ["t${index % 5}", "bad${index % 3}"]) { id price } }` }),
    (index) => ({ query: `{ tokens(ids: ["none${index % 4}", "t1"]) { volume price } }` }),
    (index) => ({
      query: 'query ($c: String = "EUR") { tokens(ids: ["a", "b"]) { price(currency: $c) usd: price } }',
      variables: index % 2 === 0 ? {} : { c: 'CHF' },
    }),
    (index) => ({ query: `mutation { trade(id: "t${index % 3}") { id price seenBy } }` }),
    (index) => ({ query: `{ quote(id: "t${index % 4}") bad: quote(id: "bad") }` }),
    () => ({ query: '{ tokens(ids: ["a"]) { seenBy ...on Token @include(if: true) { volume } } }' }),
  ];
  return Array.from({ length: CONCURRENT }, (_, index) => {
    const operation = kinds[index % kinds.length]?.(index) ?? { query: '{ __typename }' };
    const name = [...NAMES, undefined][(index >> 3) % 4];
    return { ...operation, ...(name === undefined ? {} : { headers: callers[name] }) };
  });
}

/** The answers of runs one after another with nothing shared, by operation. */
async function answerAlone(operationsOf: (world: TradingWorld) => readonly Operation[]) {
  await using world = await createTradingWorld(OFF, SETTINGS);
  const known = new Map<string, string>();
  const texts: string[] = [];
  for (const operation of operationsOf(world)) {
    const key = JSON.stringify(operation);
    const text = known.get(key) ?? (await send(world, operation)).text;
    known.set(key, text);
    texts.push(text);
  }
  return texts;
}

/** The answers of all at once; they start together. */
async function answerTogether(world: TradingWorld, operations: readonly Operation[]): Promise<string[]> {
  world.portfolioGate.close();
  world.priceGate.close();
  const asking = operations.map((operation) => send(world, operation));
  await untilArrived(world.gateway, asking);
  world.portfolioGate.open();
  world.priceGate.open();
  return (await Promise.all(asking)).map(({ text }) => text);
}

for (const sharing of ['', 'windowMs: 50', 'operations: false', 'operations: false, representations: 7']) {
  test(`answers are those of single runs, byte for byte, with { ${sharing} }`, async () => {
    const expected = await answerAlone(mixed);
    assert.ok(expected.some((text) => text.includes('SUBGRAPH_ERROR')));
    await using world = await createTradingWorld(sharing, SETTINGS);
    const texts = await answerTogether(world, mixed(world));
    for (const [index, text] of texts.entries()) assert.equal(text, expected[index], `operation ${index}`);
  });
}

test('200 dashboards of different callers cost at most 1.3 requests each at price, and none is shared between users', async (t) => {
  const expected = await answerAlone(dashboards);
  // Every request runs by itself; equal ones would only make the figure better.
  await using world = await createTradingWorld('operations: false, requests: false', SETTINGS);
  const operations = dashboards(world);
  await send(world, operations[0] as Operation);
  const before = world.price.received.length;
  const texts = await answerTogether(world, operations);
  assert.deepEqual(texts, expected);

  const received = world.price.received.slice(before);
  const byUser = Map.groupBy(received, (request) => readClaims(request).sub ?? 'nobody');
  t.diagnostic(
    `${received.length / CONCURRENT} requests at price per dashboard, ${byUser.get('nobody')?.length} of them public`,
  );
  assert.ok(received.length <= 1.3 * CONCURRENT, `${received.length} requests at price`);
  // One call of each dashboard carries all that is private of it, and nothing of another one.
  const privateCalls = received.filter((request) => readClaims(request).sub !== undefined);
  assert.equal(privateCalls.length, CONCURRENT);
  for (const request of privateCalls) {
    assert.match(request.query, /value/);
    assert.match(request.query, /total/);
    assert.doesNotMatch(request.query, /\{price|volume/);
  }
  for (const request of byUser.get('nobody') ?? []) assert.doesNotMatch(request.query, /value|total/);
});
