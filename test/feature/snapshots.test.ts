import assert from 'node:assert/strict';
import { once } from 'node:events';
import { test } from 'node:test';
import { Client } from 'undici';
import { createGatedSubgraph } from '../kit/gated-subgraph.ts';
import { createTestGateway, createTestKey, createTestSnapshot } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';

test('a new snapshot takes over at once, and requests under way end on the old one', async () => {
  await using before = await createGatedSubgraph();
  await using after = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String  added: String }',
    resolvers: { Query: { hello: () => 'new', added: () => 'new' } },
  });
  await using gateway = await createTestGateway({ subgraphs: [before] });

  const slow = gateway.query('{ slow }');
  await before.gate.arrived(1);
  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [after] }));

  assert.deepEqual((await gateway.query('{ hello added }')).body.data, { hello: 'new', added: 'new' });
  before.gate.open();
  assert.deepEqual((await slow).body, { data: { slow: 'done' } });
});

test('a snapshot that cannot be served leaves the old one alone', async () => {
  await using subgraph = await createTestSubgraph({ name: 'greeting', sdl: 'type Query { hello: String }' });
  await using gateway = await createTestGateway({ subgraphs: [subgraph] });
  const id = gateway.gateway.snapshotId;
  for (const supergraphSdl of ['nonsense {', 'type Query { hello: String }']) {
    const broken = { ...gateway.snapshot, id: 'other', supergraphSdl };
    await assert.rejects(gateway.gateway.reload(broken), { code: 'SUPERGRAPH_INVALID' });
  }
  assert.equal(gateway.gateway.snapshotId, id);
  assert.deepEqual((await gateway.query('{ hello }')).body.data, { hello: null });
});

test('keys come and go with snapshots', async () => {
  await using subgraph = await createTestSubgraph({ name: 'greeting', sdl: 'type Query { hello: String }' });
  const key = createTestKey();
  await using gateway = await createTestGateway({ subgraphs: [subgraph], keys: [key.record] });
  const status = async () =>
    (await gateway.query('{ hello }', { headers: { 'x-api-key': key.text } })).status;
  assert.equal(await status(), 200);
  await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph] }));
  assert.equal(await status(), 401);
});

test('more operations at the same time than allowed are refused with OVERLOADED, and called is nothing', async () => {
  await using subgraph = await createGatedSubgraph();
  await using gateway = await createTestGateway({
    subgraphs: [subgraph],
    yaml: 'server:\n  concurrentOperations: 1\nsharing:\n  operations: false\n  requests: false\n',
  });
  const first = gateway.query('{ slow }');
  await subgraph.gate.arrived(1);
  const second = await gateway.query('{ slow }');
  assert.equal(second.status, 503);
  assert.equal(second.body.errors[0].extensions.code, 'OVERLOADED');
  assert.equal(subgraph.received.length, 1);
  subgraph.gate.open();
  assert.deepEqual((await first).body.data, { slow: 'done' });
  assert.equal((await gateway.query('{ slow }')).status, 200);
});

test('draining ends the request under way, and refuses new connections', async () => {
  await using subgraph = await createGatedSubgraph();
  await using gateway = await createTestGateway({ subgraphs: [subgraph] });
  const slow = gateway.query('{ slow }');
  await subgraph.gate.arrived(1);
  const drained = gateway.server.drain();
  await assert.rejects(fetch(`${gateway.origin}/health/live`, { headers: { connection: 'close' } }));
  subgraph.gate.open();
  const answer = await slow;
  assert.deepEqual(answer.body.data, { slow: 'done' });
  await drained;
});

test('while draining every socket is told once that it closes, idle ones are closed, and readiness is off', async () => {
  await using subgraph = await createGatedSubgraph();
  await using gateway = await createTestGateway({ subgraphs: [subgraph] });
  const connect = async (): Promise<Client> => {
    const client = new Client(gateway.origin);
    await (await client.request({ path: '/health/ready', method: 'GET' })).body.dump();
    return client;
  };
  const [asking, idle] = await Promise.all([connect(), connect()]);
  const idleIsClosed = once(idle, 'disconnect');
  const slow = gateway.query('{ slow }');
  await subgraph.gate.arrived(1);

  const drained = gateway.server.drain();
  const ready = await asking.request({ path: '/health/ready', method: 'GET' });
  assert.equal(ready.statusCode, 503);
  assert.deepEqual(await ready.body.json(), { status: 'not ready', reasons: ['draining'] });
  assert.equal(ready.headers.connection, 'close');
  await assert.rejects(asking.request({ path: '/health/live', method: 'GET' }), { code: 'ECONNREFUSED' });
  await idleIsClosed;
  subgraph.gate.open();
  const answer = await slow;
  assert.deepEqual(answer.body.data, { slow: 'done' });
  assert.equal(answer.headers.connection, 'close');
  await drained;
  await Promise.all([asking.destroy(), idle.destroy()]);
});
