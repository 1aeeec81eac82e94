import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestAnswer } from '../kit/gateway.ts';
import { untilInFlight, untilShared } from '../kit/gateway-progress.ts';
import type { ReceivedRequest } from '../kit/subgraph.ts';
import { createTradingWorld } from '../kit/trading-world.ts';

/** The layers of sharing, each on and off, as subgraphs see them. Who may share is in `sharing-privacy.test.ts`. */

const OFF = 'entities: false, requests: false, coalesce: false, operations: false';

/** Two look-ups of one step in `price`: of holdings and of what is spare. */
const TWO_LOOKUPS = '{ portfolio(id: "2-0") { holdings { value } total } }';

const pricesOf = (...ids: string[]) => `{ tokens(ids: ${JSON.stringify(ids)}) { price } }`;

/** All representations of a request, in their order. */
function representationsOf({ variables }: ReceivedRequest): string[] {
  return Object.values(variables)
    .filter((value) => Array.isArray(value))
    .flat()
    .map(({ id }: { id: string }) => id);
}

function assertAnswer({ body }: TestAnswer, data: unknown): void {
  assert.deepEqual(body, { data });
}

test('identical representations of one fetch are sent once, whatever is off', async () => {
  await using world = await createTradingWorld(OFF);
  const answer = await world.gateway.query(pricesOf('a', 'b', 'a', 'a'));
  assert.deepEqual(world.price.received.map(representationsOf), [['a', 'b']]);
  const [a, b] = ['a in USD', 'b in USD'].map((price) => ({ price }));
  assertAnswer(answer, { tokens: [a, b, a, a] });
});

const LOOKUPS_DATA = {
  portfolio: { holdings: [{ value: 'h0 of ada' }, { value: 'h1 of ada' }], total: '2-0 of ada' },
};

for (const [layers, calls] of [
  [OFF, 2],
  [`${OFF}, overrides: { price: { entities: true } }`, 1],
  ['', 1],
  ['overrides: { price: { entities: false } }', 2],
] as const) {
  test(`parallel look-ups of one step in one subgraph are ${calls} with { ${layers} }`, async () => {
    await using world = await createTradingWorld(layers);
    const answer = await world.gateway.query(TWO_LOOKUPS, { headers: world.callers.ada });
    assertAnswer(answer, LOOKUPS_DATA);
    assert.equal(world.price.received.length, calls);
    assert.deepEqual(world.price.received.flatMap(representationsOf).toSorted(), ['2-0', 'h0', 'h1']);
  });
}

for (const [layers, calls] of [
  [`${OFF}, overrides: { price: { requests: true } }`, 1],
  [OFF, 2],
  ['operations: false, overrides: { price: { requests: false } }', 2],
] as const) {
  test(`identical fetches in flight are ${calls} with { ${layers} }`, async () => {
    await using world = await createTradingWorld(layers);
    world.priceGate.close();
    const first = world.gateway.query('{ quote(id: "a") }');
    await world.priceGate.arrived(1);
    // Another document with the same fetch.
    const second = world.gateway.query('{ __typename quote(id: "a") }');
    if (calls === 2) await world.priceGate.arrived(2);
    else await untilShared(world.gateway, 'requests', 1);
    world.priceGate.open();
    assertAnswer(await first, { quote: 'a in USD' });
    assertAnswer(await second, { __typename: 'Query', quote: 'a in USD' });
    assert.equal(world.price.received.length, calls);
  });
}

test('fetches that ended are asked again: nothing is cached', async () => {
  await using world = await createTradingWorld();
  await world.gateway.query('{ quote(id: "a") }');
  await world.gateway.query('{ quote(id: "a") }');
  assert.equal(world.price.received.length, 2);
});

for (const [layers, calls] of [
  ['', 1],
  [OFF, 3],
  ['operations: false, requests: false', 3],
] as const) {
  test(`identical operations in flight are ${calls} calls with { ${layers} }`, async () => {
    await using world = await createTradingWorld(layers);
    world.portfolioGate.close();
    const query = pricesOf('a');
    const answers = [1, 2, 3].map(() => world.gateway.query(query));
    await untilInFlight(world.gateway, 3);
    await world.portfolioGate.arrived(calls);
    world.portfolioGate.open();
    const texts = (await Promise.all(answers)).map(({ text }) => text);
    assert.deepEqual(new Set(texts), new Set(['{"data":{"tokens":[{"price":"a in USD"}]}}']));
    assert.equal(world.portfolio.received.length, calls);
  });
}

test('operations with other variables are other operations', async () => {
  await using world = await createTradingWorld();
  world.portfolioGate.close();
  const query = 'query ($ids: [ID!]!) { tokens(ids: $ids) { id } }';
  const answers = ['a', 'b'].map((id) => world.gateway.query(query, { variables: { ids: [id] } }));
  await world.portfolioGate.arrived(2);
  world.portfolioGate.open();
  const bodies = (await Promise.all(answers)).map(({ body }) => body.data.tokens[0].id);
  assert.deepEqual(bodies, ['a', 'b']);
});

/** Looks tokens up in 20 requests whose look-ups meet: all first fetches are answered at the same time. */
async function lookUpConcurrently(sharing: string) {
  await using world = await createTradingWorld(sharing);
  // Plans the operation, so that planning does not spread the look-ups.
  const query = 'query ($ids: [ID!]!) { tokens(ids: $ids) { price } }';
  await world.gateway.query(query, { variables: { ids: ['z'] } });
  world.portfolioGate.close();
  const idsOf = (index: number) => [`t${index}`, `t${index + 1}`];
  const answers = Array.from({ length: 20 }, (_, index) =>
    world.gateway.query(query, { variables: { ids: idsOf(index) } }),
  );
  await world.portfolioGate.arrived(21);
  world.portfolioGate.open();
  for (const [index, answer] of (await Promise.all(answers)).entries()) {
    assertAnswer(answer, { tokens: idsOf(index).map((id) => ({ price: `${id} in USD` })) });
  }
  return world.price.received.slice(1);
}

test('look-ups of concurrent requests meet in few calls, and each entity is sent once a call', async () => {
  const received = await lookUpConcurrently('windowMs: 1000');
  assert.ok(received.length <= 4, `${received.length} calls`);
  for (const request of received) {
    const ids = representationsOf(request);
    assert.equal(new Set(ids).size, ids.length);
  }
});

for (const layers of ['coalesce: false', 'overrides: { price: { coalesce: false } }', OFF]) {
  test(`they do not with { ${layers} }`, async () => {
    assert.equal((await lookUpConcurrently(layers)).length, 20);
  });
}

test('no shared call carries more than the maximum of representations', async () => {
  const received = await lookUpConcurrently('windowMs: 1000, representations: 8');
  const sizes = received.map((request) => representationsOf(request).length);
  assert.ok(
    sizes.every((size) => size <= 8),
    String(sizes),
  );
  // Forty representations, cut at eight before those that are equal are dropped.
  assert.ok(received.length >= 5 && received.length <= 10, `${received.length} calls`);
});

test('one look-up above the maximum is sent whole', async () => {
  await using world = await createTradingWorld('representations: 2');
  await world.gateway.query(pricesOf('a', 'b', 'c'));
  assert.deepEqual(world.price.received.map(representationsOf), [['a', 'b', 'c']]);
});

test('an idle gateway sends a look-up at once, however long the window is', async () => {
  await using world = await createTradingWorld('windowMs: 1000');
  const query = pricesOf('a');
  await world.gateway.query(query);
  const start = performance.now();
  for (let round = 0; round < 5; round += 1) await world.gateway.query(query);
  const elapsedMs = performance.now() - start;
  assert.ok(elapsedMs < 1_000, `five requests took ${elapsedMs} ms`);
  assert.equal(world.price.received.length, 6);
});

test('look-ups of one selection with other variables or other defaults are never mixed up', async () => {
  await using world = await createTradingWorld('windowMs: 1000');
  const operations = [
    ['query ($c: String = "USD") { tokens(ids: ["a"]) { price(currency: $c) } }', {}, 'a in USD'],
    ['query ($c: String = "EUR") { tokens(ids: ["a"]) { price(currency: $c) } }', {}, 'a in EUR'],
    ['query ($c: String = "EUR") { tokens(ids: ["a"]) { price(currency: $c) } }', { c: 'CHF' }, 'a in CHF'],
    ['query ($c: String) { tokens(ids: ["a"]) { price(currency: $c) } }', {}, 'a in USD'],
    ['query ($_r0: String) { tokens(ids: ["a"]) { price(currency: $_r0) } }', { _r0: 'YEN' }, 'a in YEN'],
    ['query ($e: String) { tokens(ids: ["a"]) { volume price(currency: $e) } }', { e: 'SEK' }, 'a in SEK'],
  ] as const;
  for (const [query, variables] of operations) await world.gateway.query(query, { variables });
  world.portfolioGate.close();
  const answers = operations.map(([query, variables]) => world.gateway.query(query, { variables }));
  await untilInFlight(world.gateway, operations.length);
  world.portfolioGate.open();
  const prices = (await Promise.all(answers)).map(({ body }) => body.data.tokens[0].price);
  assert.deepEqual(
    prices,
    operations.map(([, , price]) => price),
  );
});
