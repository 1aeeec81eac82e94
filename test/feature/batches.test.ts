import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBudgetGateway, smallTier } from '../kit/budget-gateway.ts';
import { createCapturedLog } from '../kit/captured-log.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { signedHeaders } from '../kit/signed-headers.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const ON = 'server: { batching: { enabled: true } }\n';
const desk = createTestKey({ kind: 'signing', tier: 'BUSINESS', userId: 'usr_desk' });
const member = createTestKey({ tier: 'PRO', accountId: 'acc_a', scopes: ['platform:read'] });
const keys = [desk, member].map(({ record }) => record);
const by = { 'x-api-key': member.text };

function createGreeting(): Promise<TestSubgraph> {
  return createTestSubgraph({
    name: 'greeting',
    sdl: `
      type Query { hello(name: String): String secret: String @requiresScopes(scopes: [["secrets"]]) }
      type Mutation { greet: String }
    `,
    resolvers: {
      Query: { hello: (_: unknown, { name }: { name?: string }) => name ?? 'world', secret: () => 'x' },
      Mutation: { greet: () => 'hi' },
    },
  });
}

function send(gateway: TestGateway, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: text,
  });
}

const hellos = (count: number) =>
  Array.from({ length: count }, (_, index) => ({
    query: 'query Hello($name: String) { hello(name: $name) }',
    variables: { name: `n${index}` },
  }));

describe('batches', () => {
  it('are refused unless they are switched on', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({ subgraphs: [subgraph] });
    const answer = await send(gateway, hellos(2));
    assert.equal(answer.status, 400);
    assert.equal(answer.body.errors[0].extensions.code, 'BAD_REQUEST');
    assert.equal(subgraph.received.length, 0);
  });

  it('are answered in their order, queries and mutations, as one request', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml: ON });
    const body = [...hellos(2), { query: 'mutation { greet }' }];
    const answer = await send(gateway, body, {
      'x-request-id': 'batch-request-1',
      origin: 'https://app.example.com',
    });
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, [
      { data: { hello: 'n0' } },
      { data: { hello: 'n1' } },
      { data: { greet: 'hi' } },
    ]);
    assert.equal(answer.headers['x-request-id'], 'batch-request-1');
    assert.equal(answer.headers['access-control-allow-origin'], '*');
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.match(String(answer.headers['content-type']), /^application\/json/);
    const ids = subgraph.received.map(({ headers }) => headers['x-request-id']);
    assert.deepEqual([...new Set(ids)], ['batch-request-1']);
  });

  it('hold as many operations as the limit says, and not one more', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'server: { batching: { enabled: true, limit: 3 } }\n',
    });
    assert.equal((await send(gateway, hellos(3))).body.length, 3);
    const calls = subgraph.received.length;
    const above = await send(gateway, hellos(4));
    assert.equal(above.status, 400);
    assert.equal(above.body.errors[0].message, 'A batch may hold 3 operations, found 4.');
    assert.equal(subgraph.received.length, calls);
  });

  it('cannot be allowed to hold more than ten', async () => {
    await using subgraph = await createGreeting();
    const yaml = (limit: number) => `server: { batching: { enabled: true, limit: ${limit} } }\n`;
    await assert.rejects(createTestGateway({ subgraphs: [subgraph], yaml: yaml(11) }), /limit/);
    await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml: yaml(10) });
    assert.equal((await send(gateway, hellos(10))).body.length, 10);
    assert.equal((await send(gateway, hellos(11))).status, 400);
  });

  for (const [name, body] of [
    ['an empty array', '[]'],
    ['an array that does not end', '[{"query":"{ hello }"}'],
  ] as const) {
    it(`refuse ${name}`, async () => {
      await using subgraph = await createGreeting();
      await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml: ON });
      const answer = await send(gateway, body);
      assert.equal(answer.status, 400);
      assert.equal(answer.body.errors[0].extensions.code, 'BAD_REQUEST');
    });
  }

  it('keep what is wrong with one entry from the others', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], yaml: ON });
    const bad = [
      { query: '{' },
      { query: '{ nothing }' },
      { query: 7 },
      'text',
      hellos(1),
      { documentId: 'unknown' },
    ];
    const { status, body } = await send(gateway, [...bad, ...hellos(1)]);
    assert.equal(status, 200);
    const codes = body.slice(0, -1).map((entry: typeof body) => entry.errors[0].extensions.code);
    assert.deepEqual(codes, [
      'GRAPHQL_PARSE_FAILED',
      'GRAPHQL_VALIDATION_FAILED',
      'BAD_REQUEST',
      'BAD_REQUEST',
      'BAD_REQUEST',
      'PERSISTED_QUERY_NOT_FOUND',
    ]);
    assert.deepEqual(body.at(-1), { data: { hello: 'n0' } });
    assert.equal(subgraph.received.length, 1);
  });

  it('let rules look at each entry', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys, yaml: ON });
    const { body, headers } = await send(
      gateway,
      [{ query: '{ hello }' }, { query: '{ secret }' }, { query: '{ hello secret }' }],
      by,
    );
    assert.deepEqual(body[0], { data: { hello: 'world' } });
    assert.deepEqual([body[1].data.secret, body[1].errors[0].extensions.code], [null, 'FORBIDDEN']);
    assert.deepEqual(body[2].data, { hello: 'world', secret: null });
    assert.equal(String(headers['x-rules-refused']).split('; ').length, 2);
    assert.ok(!subgraph.received.some(({ query }) => query.includes('secret')));
  });

  it('check credentials once: bad ones refuse the whole, a signature is good for all of it, and not again', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys, yaml: ON });
    const refused = await send(gateway, hellos(2), { 'x-api-key': 'trb_live_nobody' });
    assert.equal(refused.status, 401);
    assert.equal(subgraph.received.length, 0);
    const body = JSON.stringify(hellos(2));
    const headers = signedHeaders(desk.text, { body });
    assert.deepEqual((await send(gateway, body, headers)).body, [
      { data: { hello: 'n0' } },
      { data: { hello: 'n1' } },
    ]);
    const again = await send(gateway, body, headers);
    assert.equal(again.body.errors[0].extensions.code, 'REPLAYED_REQUEST');
  });

  it('charge each entry, until the points are used up', async () => {
    const yaml = `${smallTier('PRO', 'bucketPoints: 25, refillPerSecond: 0')}${ON}`;
    await using gateway = await createBudgetGateway({ keys, yaml });
    const entry = (name: string) => ({ query: `query ${name} { ten }` });
    const { status, body, headers } = await send(gateway, [entry('A'), entry('B'), entry('C')], by);
    assert.equal(status, 200);
    const codes = body.map((each: typeof body) => each.errors?.[0].extensions.code ?? 'ok').sort();
    assert.deepEqual(codes, ['RATE_LIMITED', 'ok', 'ok']);
    for (const each of body) assert.ok(each.extensions.cost.bucket.available <= 15);
    assert.equal(headers.ratelimit, '"bucket";r=5');
    assert.equal(gateway.subgraph.received.length, 2);
  });

  it('count each entry among the operations that run at the same time', async () => {
    await using subgraph = await createGreeting();
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'server: { concurrentOperations: 2, batching: { enabled: true } }\n',
    });
    const { body } = await send(gateway, hellos(3));
    assert.deepEqual(body.slice(0, 2), [{ data: { hello: 'n0' } }, { data: { hello: 'n1' } }]);
    assert.equal(body[2].errors[0].extensions.code, 'OVERLOADED');
    assert.equal(subgraph.received.length, 2);
  });

  it('are one line of the log and as many requests in the metrics as they hold', async () => {
    await using subgraph = await createGreeting();
    const captured = createCapturedLog();
    const gateway = await createTestGateway({ subgraphs: [subgraph], yaml: ON, log: captured.log });
    await send(gateway, [...hellos(2), { query: '{' }]);
    const counted = await gateway.metrics.requests.get();
    // The line is written when the answer is out, which the drain waits for.
    await gateway[Symbol.asyncDispose]();
    const [line, ...more] = captured.lines.filter(({ msg }) => msg === 'request');
    assert.deepEqual(more, []);
    const { operations, refused, status } = line as unknown as Record<string, unknown>;
    assert.deepEqual(
      { operations, refused, status },
      {
        operations: 3,
        refused: ['GRAPHQL_PARSE_FAILED'],
        status: 200,
      },
    );
    const byOutcome = Object.fromEntries(counted.values.map(({ labels, value }) => [labels.outcome, value]));
    assert.deepEqual(byOutcome, { ok: 2, GRAPHQL_PARSE_FAILED: 1 });
  });
});
