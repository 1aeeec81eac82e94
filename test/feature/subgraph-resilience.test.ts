import assert from 'node:assert/strict';
import type { ServerResponse } from 'node:http';
import { test } from 'node:test';
import { createTestGateway, type TestAnswer } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraphOptions } from '../kit/subgraph.ts';

const SDL = 'type Query { value: String } type Mutation { change: String }';

type Respond = NonNullable<TestSubgraphOptions['respond']>;

const subgraph = (respond: Respond) => createTestSubgraph({ name: 'only', sdl: SDL, respond });

const answer = (response: ServerResponse, data: unknown) =>
  response.setHeader('content-type', 'application/json').end(JSON.stringify({ data }));

/** Equal queries at the same moment each make a call of their own. */
const ALONE = 'sharing: { requests: false, operations: false }';

const codeOf = ({ body }: TestAnswer): string | undefined => body.errors?.[0]?.extensions.code;

/** The text that nests so many levels of lists, the answer's own two objects included. */
const nested = (levels: number) => `{"data":{"value":${'['.repeat(levels - 2)}${']'.repeat(levels - 2)}}}`;

test('a query is sent again when its socket was reset, on a new socket', async () => {
  const ports: (number | undefined)[] = [];
  await using only = await subgraph((_request, response) => {
    ports.push(response.socket?.remotePort);
    if (ports.length === 2) response.socket?.resetAndDestroy();
    else answer(response, { value: 'well' });
  });
  await using gateway = await createTestGateway({ subgraphs: [only] });
  await gateway.query('{ value }');
  const { body } = await gateway.query('{ value }');
  assert.deepEqual(body, { data: { value: 'well' } });
  assert.equal(ports.length, 3);
  assert.equal(ports[0], ports[1]);
  assert.notEqual(ports[1], ports[2]);
});

test('a mutation whose socket was reset arrives once', async () => {
  await using only = await subgraph((_request, response) => response.socket?.resetAndDestroy());
  await using gateway = await createTestGateway({ subgraphs: [only] });
  assert.equal(codeOf(await gateway.query('mutation { change }')), 'SUBGRAPH_UNAVAILABLE');
  assert.equal(only.received.length, 1);
});

test('an open breaker answers without a call', async () => {
  await using only = await subgraph((_request, response) => response.writeHead(503).end());
  await using gateway = await createTestGateway({
    subgraphs: [only],
    yaml: 'subgraphs: { all: { breaker: { minimumCalls: 3, openMs: 600000 } } }',
  });
  for (let call = 0; call < 10; call += 1) {
    assert.equal(codeOf(await gateway.query('{ value }')), 'SUBGRAPH_UNAVAILABLE');
  }
  assert.equal(only.received.length, 3);
  const { values } = await gateway.metrics.subgraphBreakerState.get();
  assert.deepEqual(
    values.map(({ value }) => value),
    [2],
  );
});

for (const [slowShare, calls] of [
  [0.01, 3],
  [1, 5],
] as const) {
  test(`answers that take longer than ${slowShare} of timeoutMs: the breaker lets ${calls} of 5 calls through`, async () => {
    await using only = await subgraph((_request, response) => {
      setTimeout(() => answer(response, { value: 'late' }), 80);
    });
    const breaker = `{ minimumCalls: 3, openMs: 600000, slowShare: ${slowShare} }`;
    await using gateway = await createTestGateway({
      subgraphs: [only],
      yaml: `subgraphs: { all: { timeoutMs: 5000, breaker: ${breaker} } }`,
    });
    for (let call = 0; call < 5; call += 1) await gateway.query('{ value }');
    assert.equal(only.received.length, calls);
  });
}

test('calls beyond sockets and queue are refused at once, the others are served', async () => {
  const { promise: arrived, resolve: arrive } = Promise.withResolvers<ServerResponse>();
  const waiting: ServerResponse[] = [];
  await using only = await subgraph((_request, response) => {
    waiting.push(response);
    if (waiting.length === 1) arrive(response);
    else answer(response, { value: 'second' });
  });
  await using gateway = await createTestGateway({
    subgraphs: [only],
    yaml: `subgraphs: { all: { connections: 1, queuedCalls: 1, timeoutMs: 60000 } }\n${ALONE}`,
  });
  const first = gateway.query('{ value }');
  const held = await arrived;
  const others = [gateway.query('{ value }'), gateway.query('{ value }')];
  // One of the two found the place in the queue, the other one none: it alone ends while the socket is held.
  assert.equal(codeOf(await Promise.race(others)), 'SUBGRAPH_UNAVAILABLE');
  assert.equal(waiting.length, 1);
  answer(held, { value: 'first' });
  assert.deepEqual((await first).body, { data: { value: 'first' } });
  const codes = (await Promise.all(others)).map(codeOf);
  assert.deepEqual(codes.sort(), ['SUBGRAPH_UNAVAILABLE', undefined]);
});

test('an operation ends at its own deadline although each call has more time', async () => {
  await using only = await subgraph(() => {});
  await using gateway = await createTestGateway({
    subgraphs: [only],
    // Long enough for the planner to load, which the operation waits for as well.
    yaml: 'server: { operationTimeoutMs: 2000 }\nsubgraphs: { all: { timeoutMs: 60000 } }',
  });
  assert.equal(codeOf(await gateway.query('{ value }')), 'SUBGRAPH_TIMEOUT');
});

test('100,000 levels of JSON are refused before they are parsed', async () => {
  await using only = await subgraph((_request, response) =>
    response.setHeader('content-type', 'application/json').end(nested(100_000)),
  );
  await using gateway = await createTestGateway({ subgraphs: [only] });
  const { body } = await gateway.query('{ value }');
  assert.deepEqual(body.data, { value: null });
  assert.equal(body.errors[0].extensions.code, 'SUBGRAPH_INVALID_RESPONSE');
});

test('calls are spread over the URLs of a subgraph, and a dead one costs no answer', async () => {
  await using one = await createTestSubgraph({
    name: 'only',
    sdl: SDL,
    resolvers: { Query: { value: () => 'well' } },
  });
  await using two = await createTestSubgraph({
    name: 'only',
    sdl: SDL,
    resolvers: { Query: { value: () => 'well' } },
  });
  const dead = await createTestSubgraph({ name: 'only', sdl: SDL });
  await dead[Symbol.asyncDispose]();
  await using gateway = await createTestGateway({
    subgraphs: [one],
    yaml: `subgraphs:
  all: { retry: { share: 1 } }
  overrides:
    only: { urls: ["${one.url}", "${two.url}", "${dead.url}"], ejection: { failures: 2, baseMs: 600000, maxMs: 600000 } }`,
  });
  for (let call = 0; call < 20; call += 1) {
    assert.deepEqual((await gateway.query('{ value }')).body, { data: { value: 'well' } });
  }
  assert.equal(one.received.length + two.received.length, 20);
  assert.ok(Math.abs(one.received.length - two.received.length) <= 4);
  const ejected = (await gateway.metrics.subgraphEjections.get()).values.map(({ value }) => value);
  assert.deepEqual(ejected, [1]);
});

test('pipelined queries share a socket', async () => {
  const ports = new Set<number | undefined>();
  const held: ServerResponse[] = [];
  const { promise: bothArrived, resolve } = Promise.withResolvers<void>();
  await using only = await subgraph((_request, response) => {
    ports.add(response.req.socket.remotePort);
    held.push(response);
    if (held.length === 2) resolve();
  });
  await using gateway = await createTestGateway({
    subgraphs: [only],
    yaml: `subgraphs: { all: { connections: 1, pipelining: 2, timeoutMs: 5000 } }\n${ALONE}`,
  });
  const answers = [gateway.query('{ value }'), gateway.query('{ value }')];
  await bothArrived;
  assert.equal(ports.size, 1);
  for (const response of held) answer(response, { value: 'well' });
  for (const { body } of await Promise.all(answers)) assert.deepEqual(body, { data: { value: 'well' } });
});
