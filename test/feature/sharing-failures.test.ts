import assert from 'node:assert/strict';
import { once } from 'node:events';
import { type ClientRequest, request as httpRequest, type ServerResponse } from 'node:http';
import { test } from 'node:test';
import { CODES } from '../../src/errors/codes.ts';
import type { TestGateway } from '../kit/gateway.ts';
import { untilInFlight, untilShared } from '../kit/gateway-progress.ts';
import type { TestSubgraphOptions } from '../kit/subgraph.ts';
import { createTradingWorld, type TradingWorld } from '../kit/trading-world.ts';

/** Failures stay with those whom they concern, and nobody's leaving or deadline is another one's. */

const PRICES = 'query ($ids: [ID!]!) { tokens(ids: $ids) { id price } }';
const WINDOW = 'windowMs: 1000';

const priced = (id: string) => ({ id, price: `${id} in USD` });
const unpriced = (id: string) => ({ id, price: null });
const errorAt = (index: number) => ({
  message: CODES.SUBGRAPH_ERROR.message,
  path: ['tokens', index, 'price'],
  extensions: { code: 'SUBGRAPH_ERROR' },
});

/** Asks for prices in requests whose look-ups meet in one call, behind one that is held. */
async function askTogether(world: TradingWorld, lists: readonly (readonly string[])[]) {
  const ask = (ids: readonly string[]) => world.gateway.query(PRICES, { variables: { ids } });
  // Plans the operation and opens connections.
  await ask(['first']);
  world.priceGate.close();
  const first = ask(['first']);
  await world.priceGate.arrived(2);
  world.portfolioGate.close();
  const asking = lists.map(ask);
  await world.portfolioGate.arrived(2 + lists.length);
  world.portfolioGate.open();
  // The window ends while the first call is held, so all of them are one call.
  await world.priceGate.arrived(3);
  world.priceGate.open();
  await first;
  return (await Promise.all(asking)).map(({ body }) => body);
}

test('an error of one entity reaches those who asked for it, each at its own index', async () => {
  await using world = await createTradingWorld(WINDOW);
  const bodies = await askTogether(world, [['a', 'bad1'], ['bad1', 'b'], ['c'], ['b', 'none1', 'bad2']]);
  assert.equal(world.price.received.length, 3);
  assert.deepEqual(bodies, [
    { data: { tokens: [priced('a'), unpriced('bad1')] }, errors: [errorAt(1)] },
    { data: { tokens: [unpriced('bad1'), priced('b')] }, errors: [errorAt(0)] },
    { data: { tokens: [priced('c')] } },
    { data: { tokens: [priced('b'), unpriced('none1'), unpriced('bad2')] }, errors: [errorAt(2)] },
  ]);
});

type Spoil = NonNullable<TestSubgraphOptions['spoil']>;

const isMerged = ({ query }: { query: string }) => query.includes('e0:_entities');

const json = (response: ServerResponse, body: unknown) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(body));

const WHOLE_FAILURES: readonly [string, (response: ServerResponse) => void][] = [
  ['status 500', (response) => response.writeHead(500).end()],
  [
    'a reset in the middle of the answer',
    (response) => {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.write('{"data":{', () => response.socket?.resetAndDestroy());
    },
  ],
  ['HTML', (response) => response.writeHead(200, { 'content-type': 'text/html' }).end('<p>no</p>')],
  ['data null', (response) => json(response, { data: null, errors: [{ message: 'all of it' }] })],
  ['errors alone', (response) => json(response, { errors: [{ message: 'no such field' }] })],
];

for (const [name, fail] of WHOLE_FAILURES) {
  test(`a shared call that fails as a whole with ${name} is tried again for each, and one fails alone`, async () => {
    const spoil: Spoil = ({ query, variables }, response) => {
      const isPoisoned = JSON.stringify(variables).includes('poison');
      if (!isMerged({ query }) && !isPoisoned) return false;
      fail(response);
      return true;
    };
    await using world = await createTradingWorld(WINDOW, '', spoil);
    const [a, poison, b] = await askTogether(world, [['a'], ['poison'], ['b']]);
    assert.deepEqual([a, b], [{ data: { tokens: [priced('a')] } }, { data: { tokens: [priced('b')] } }]);
    assert.deepEqual(poison.data, { tokens: [unpriced('poison')] });
    assert.equal(poison.errors.length, 1);
    assert.deepEqual(poison.errors[0].path, ['tokens', 0, 'price']);
    const [, , merged, ...singles] = world.price.received;
    assert.ok(merged && isMerged(merged));
    assert.equal(singles.length, 3);
  });
}

/** A client that can leave. */
function startClient(gateway: TestGateway, query: string, variables = {}): ClientRequest {
  const client = httpRequest(gateway.url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
  });
  client.on('error', () => {});
  client.end(JSON.stringify({ query, variables }));
  return client;
}

test('one who leaves a shared operation does not take it from the other; the last one ends the call', async () => {
  const held: ServerResponse[] = [];
  const spoil: Spoil = (_request, response) => {
    held.push(response);
    return true;
  };
  await using world = await createTradingWorld('', 'subgraphs: { all: { timeoutMs: 60000 } }', spoil);
  const query = '{ quote(id: "a") }';
  const one = startClient(world.gateway, query);
  const two = startClient(world.gateway, query);
  await world.priceGate.arrived(1);
  await untilShared(world.gateway, 'operations', 1);
  one.destroy();
  // A third one joins afterwards: the call is still alive.
  const three = startClient(world.gateway, query);
  await untilShared(world.gateway, 'operations', 2);
  const [response] = held;
  assert.ok(response);
  assert.equal(response.destroyed, false);
  const closed = once(response, 'close');
  two.destroy();
  three.destroy();
  await closed;
  assert.equal(response.writableFinished, false);
  assert.equal(world.price.received.length, 1);
});

test('who asks again after everybody left gets a call of its own', async () => {
  let isHealthy = false;
  const arrived = Promise.withResolvers<ServerResponse>();
  const spoil: Spoil = (_request, response) => {
    if (!isHealthy) arrived.resolve(response);
    return !isHealthy;
  };
  await using world = await createTradingWorld('', 'subgraphs: { all: { timeoutMs: 60000 } }', spoil);
  const client = startClient(world.gateway, '{ quote(id: "a") }');
  const closed = once(await arrived.promise, 'close');
  client.destroy();
  isHealthy = true;
  const { body } = await world.gateway.query('{ quote(id: "a") }');
  assert.deepEqual(body, { data: { quote: 'a in USD' } });
  await closed;
});

test('one who leaves a shared look-up does not take it from the others', async () => {
  await using world = await createTradingWorld(WINDOW);
  const ask = (id: string) => world.gateway.query(PRICES, { variables: { ids: [id] } });
  await ask('first');
  world.priceGate.close();
  const first = ask('first');
  await world.priceGate.arrived(2);
  world.portfolioGate.close();
  // The one who leaves is the first of the batch.
  const leaver = startClient(world.gateway, PRICES, { ids: ['left'] });
  await world.portfolioGate.arrived(3);
  const staying = ['a', 'b'].map(ask);
  await world.portfolioGate.arrived(5);
  world.portfolioGate.open();
  await world.priceGate.arrived(3);
  leaver.destroy();
  await untilInFlight(world.gateway, 3);
  world.priceGate.open();
  await first;
  const bodies = (await Promise.all(staying)).map(({ body }) => body);
  assert.deepEqual(bodies, [{ data: { tokens: [priced('a')] } }, { data: { tokens: [priced('b')] } }]);
});

test('a call that hangs ends at its own deadline for all, and the next ones are served', async () => {
  let isHanging = true;
  await using world = await createTradingWorld(
    WINDOW,
    'subgraphs: { overrides: { price: { timeoutMs: 100 } } }',
    () => isHanging,
  );
  const asking = ['a', 'b', 'c'].map((id) => world.gateway.query(PRICES, { variables: { ids: [id] } }));
  for (const { body } of await Promise.all(asking)) {
    assert.equal(body.data.tokens[0].price, null);
    assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_TIMEOUT');
  }
  isHanging = false;
  const { body } = await world.gateway.query(PRICES, { variables: { ids: ['a'] } });
  assert.deepEqual(body, { data: { tokens: [priced('a')] } });
});

test('the deadline of an operation that came earlier does not cut off a later one that joined its fetch', async (context) => {
  const settings = 'server: { operationTimeoutMs: 60000 }\nsubgraphs: { all: { timeoutMs: 120000 } }';
  await using world = await createTradingWorld('operations: false', settings);
  // Plans both operations.
  const early = '{ quote(id: "a") early: __typename }';
  const late = '{ quote(id: "a") late: __typename }';
  for (const query of [early, late]) await world.gateway.query(query);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  world.priceGate.close();
  const first = world.gateway.query(early);
  await world.priceGate.arrived(3);
  // The second one has more time left than the first.
  context.mock.timers.tick(30_000);
  const second = world.gateway.query(late);
  await untilShared(world.gateway, 'requests', 1);
  context.mock.timers.tick(30_000);
  context.mock.timers.reset();
  assert.equal((await first).body.errors[0].extensions.code, 'SUBGRAPH_TIMEOUT');
  world.priceGate.open();
  assert.deepEqual((await second).body, { data: { quote: 'a in USD', late: 'Query' } });
  assert.equal(world.price.received.length, 3);
});

test('who joined a shared operation late has its own deadline, and the first one gets its part', async (context) => {
  const settings = 'server: { operationTimeoutMs: 60000 }\nsubgraphs: { all: { timeoutMs: 120000 } }';
  await using world = await createTradingWorld('', settings);
  const query = '{ tokens(ids: ["a"]) { id price } quote(id: "a") }';
  await world.gateway.query(query);
  context.mock.timers.enable({ apis: ['setTimeout'] });
  world.priceGate.close();
  const first = world.gateway.query(query);
  await world.priceGate.arrived(4);
  context.mock.timers.tick(30_000);
  const second = world.gateway.query(query);
  await untilShared(world.gateway, 'operations', 1);
  context.mock.timers.tick(30_000);
  context.mock.timers.reset();
  const { body } = await first;
  assert.deepEqual(body.data, { tokens: [{ id: 'a', price: null }], quote: null });
  assert.deepEqual(
    body.errors.map(({ path, extensions }: { path: unknown; extensions: unknown }) => [path, extensions]),
    [
      [['tokens', 0, 'price'], { code: 'SUBGRAPH_TIMEOUT' }],
      [['quote'], { code: 'SUBGRAPH_TIMEOUT' }],
    ],
  );
  world.priceGate.open();
  assert.deepEqual((await second).body, { data: { tokens: [priced('a')], quote: 'a in USD' } });
  assert.equal(world.price.received.length, 4);
});

test('look-ups whose shared call hangs are tried singly, and the one that hangs it fails alone', async () => {
  const spoil: Spoil = ({ variables }) => JSON.stringify(variables).includes('poison');
  const settings = 'subgraphs: { overrides: { price: { timeoutMs: 500 } } }';
  await using world = await createTradingWorld(WINDOW, settings, spoil);
  const [a, poison, b] = await askTogether(world, [['a'], ['poison'], ['b']]);
  assert.deepEqual([a, b], [{ data: { tokens: [priced('a')] } }, { data: { tokens: [priced('b')] } }]);
  assert.deepEqual(poison.data, { tokens: [unpriced('poison')] });
  assert.equal(poison.errors[0].extensions.code, 'SUBGRAPH_TIMEOUT');
  assert.equal(world.price.received.length, 6);
});

test('an outage is not answered with a call for each: the retry budget and the breaker hold', async () => {
  let isAway = false;
  const spoil: Spoil = (_request, response) => {
    if (isAway) response.socket?.resetAndDestroy();
    return isAway;
  };
  await using world = await createTradingWorld(WINDOW, '', spoil);
  const ask = (id: string) => world.gateway.query(PRICES, { variables: { ids: [id] } });
  await ask('first');
  isAway = true;
  const before = world.price.received.length;
  for (let round = 0; round < 20; round += 1) {
    await Promise.all(Array.from({ length: 10 }, (_, index) => ask(`t${index}`)));
  }
  const calls = world.price.received.length - before;
  // Two hundred look-ups: what is merged stays so, but for one wave of ten and the breaker's own counting.
  assert.ok(calls <= 80, `${calls} calls`);
});
