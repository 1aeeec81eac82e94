import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { request } from 'undici';
import { createBudgetGateway, createPricedSubgraph, smallTier } from '../../kit/budget-gateway.ts';
import { createGate } from '../../kit/gate.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../../kit/gateway.ts';
import { until } from '../../kit/processes.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

const app = createTestKey({ accountId: 'acc_a' });
const bound = createTestKey({ accountId: 'acc_a', client: 'ios' });
const keys = [app.record, bound.record];
const TIER = smallTier('FREE', 'operationPoints: 50, bucketPoints: 100, refillPerSecond: 0');

/** What the gateway has counted, in short: who, what, and what it came to. */
function counted({ gateway }: TestGateway) {
  const { entries = [], operations = [] } = gateway.usage.take() ?? {};
  const documents = new Map(operations.map(({ id, document }) => [id, document]));
  return entries.map(({ accountId, keyId, operationId, client, points, operations, refused, throttled }) => [
    accountId,
    keyId === app.record.id ? 'app' : keyId === bound.record.id ? 'bound' : keyId,
    documents.get(operationId) ?? operationId,
    client,
    [points, operations, refused, throttled],
  ]);
}

describe('usage counts', () => {
  it('what each key ran, what it was charged, and what it was refused', async () => {
    await using gateway = await createBudgetGateway({ keys, yaml: TIER });
    const ask = async (query: string, key: string | undefined, client?: string) => {
      const { status } = await gateway.query(query, {
        headers: {
          ...(key === undefined ? {} : { 'x-api-key': key }),
          ...(client === undefined ? {} : { 'apollographql-client-name': client }),
        },
      });
      return status;
    };
    assert.equal(await ask('{ ten }', app.text, 'web'), 200);
    assert.equal(await ask('{ ten }', app.text, 'web'), 200);
    assert.equal(await ask('{ ten }', bound.text, 'web'), 200);
    assert.equal(await ask('{ one }', undefined), 200);
    // Reserved 40, came to 3.
    assert.equal(await ask('{ items(first: 40, found: 3) { name } }', app.text), 200);
    // More than the tier allows for one operation; then more than the bucket holds.
    assert.equal(await ask('{ items(first: 60) { name } }', app.text), 400);
    assert.equal(await ask('{ items(first: 50) { name } }', app.text), 200);
    assert.equal(await ask('{ items(first: 45) { name } }', app.text), 429);
    // Invalid: a point, and no operation to name.
    assert.equal(await ask('{ nothing }', app.text), 200);
    assert.equal(await ask('{ one }', 'trb_live_wrong'), 401);
    const all = (text: string) => `{ items(first: ${text}) { name } }`;
    assert.deepEqual(counted(gateway), [
      ['acc_a', 'app', '{ ten }', 'web', [20, 2, 0, 0]],
      ['acc_a', 'bound', '{ ten }', 'ios', [10, 1, 0, 0]],
      ['', '', '{ one }', 'unknown', [1, 1, 0, 0]],
      ['acc_a', 'app', all('40, found: 3'), 'unknown', [3, 1, 0, 0]],
      ['acc_a', 'app', all('60'), 'unknown', [0, 0, 1, 0]],
      ['acc_a', 'app', all('50'), 'unknown', [50, 1, 0, 0]],
      ['acc_a', 'app', all('45'), 'unknown', [0, 0, 1, 1]],
      ['acc_a', 'app', '', 'unknown', [1, 0, 1, 0]],
    ]);
    assert.equal(gateway.gateway.usage.take(), undefined);
  });

  it('each entry of a batch, and each request that shares a run', async () => {
    const gate = createGate();
    gate.close();
    await using subgraph = await createTestSubgraph({
      name: 'slow',
      sdl: 'type Query { slow: Int @cost(weight: 3) }',
      resolvers: { Query: { slow: () => 1 } },
      hold: () => gate.pass(),
    });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys,
      yaml: `server: { batching: { enabled: true } }\nsharing: { operations: true }\n${TIER}`,
    });
    const headers = { 'x-api-key': app.text, 'content-type': 'application/json' };
    const body = JSON.stringify([{ query: '{ slow }' }, { query: '{ slow }' }, { query: '{ nothing }' }]);
    const answers = Promise.all([
      gateway.fetch('/graphql', { method: 'POST', headers, body }),
      gateway.query('{ slow }', { headers }),
    ]);
    await gate.arrived(1);
    gate.open();
    await answers;
    assert.deepEqual(counted(gateway), [
      ['acc_a', 'app', '', 'unknown', [1, 0, 1, 0]],
      ['acc_a', 'app', '{ slow }', 'unknown', [9, 3, 0, 0]],
    ]);
  });

  it('who leaves before the answer: the operation ran, at its estimate', async () => {
    const gate = createGate();
    gate.close();
    await using subgraph = await createTestSubgraph({
      name: 'slow',
      sdl: 'type Query { slow: Int @cost(weight: 7) }',
      resolvers: { Query: { slow: () => 1 } },
      hold: () => gate.pass(),
    });
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys, yaml: TIER });
    const leaving = new AbortController();
    const left = request(gateway.url, {
      method: 'POST',
      headers: { 'x-api-key': app.text, 'content-type': 'application/json' },
      body: '{"query":"{ slow }"}',
      signal: leaving.signal,
    });
    await gate.arrived(1);
    leaving.abort();
    await assert.rejects(left);
    let told: ReturnType<typeof counted> = [];
    await until(() => {
      told = counted(gateway);
      return told.length > 0;
    });
    gate.open();
    assert.deepEqual(told, [['acc_a', 'app', '{ slow }', 'unknown', [7, 1, 0, 0]]]);
  });

  it('operations without points where nothing is metered', async () => {
    await using subgraph = await createPricedSubgraph();
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys });
    await gateway.query('{ ten }', { headers: { 'x-api-key': app.text } });
    await gateway.query('{ nothing }', { headers: { 'x-api-key': app.text } });
    assert.deepEqual(counted(gateway), [
      ['acc_a', 'app', '{ ten }', 'unknown', [0, 1, 0, 0]],
      ['acc_a', 'app', '', 'unknown', [0, 0, 1, 0]],
    ]);
  });

  it('the document as the client sent it, whatever rules cut out of it', async () => {
    await using subgraph = await createTestSubgraph({
      name: 'guarded',
      sdl: 'type Query { open: Int secret: Int @authenticated }',
      resolvers: { Query: { open: () => 1, secret: () => 2 } },
    });
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys });
    const { body } = await gateway.query('query Both { open secret }');
    assert.deepEqual(body.data, { open: 1, secret: null });
    assert.deepEqual(counted(gateway), [['', '', 'query Both { open secret }', 'unknown', [0, 1, 0, 0]]]);
  });
});
