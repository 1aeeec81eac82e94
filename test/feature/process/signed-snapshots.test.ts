import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { request } from 'undici';
import { buildSnapshot } from '../../../src/control/build-snapshot.ts';
import { type SignedSnapshot, signSnapshot, verifyingKey } from '../../../src/control/signed-snapshot.ts';
import { createLogger } from '../../../src/observability/logger.ts';
import { createPrimaryMetrics } from '../../../src/observability/primary-metrics.ts';
import type { Snapshot } from '../../../src/snapshot.ts';
import { bindListener } from '../../../src/supervisor/bind-listener.ts';
import { createForwardOutput } from '../../../src/supervisor/forward-output.ts';
import { WorkerPool } from '../../../src/supervisor/worker-pool.ts';
import { createWorkerSource } from '../../../src/supervisor/worker-source.ts';
import { createTestSecrets, createTestSnapshot } from '../../kit/gateway.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

test('a worker refuses what the primary has not signed, what was changed and what it cannot read, and serves on', async () => {
  await using subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String }',
    resolvers: { Query: { hello: () => 'world' } },
  });
  const key = generateKeyPairSync('ed25519').privateKey;
  let sign = (snapshot: Snapshot): SignedSnapshot => signSnapshot(snapshot, key);
  const listener = await bindListener('127.0.0.1', 0, 'public listener');
  const forwardOutput = createForwardOutput({ pretty: false });
  const pool = new WorkerPool({
    count: 1,
    source: createWorkerSource({ listener, forwardOutput, key }),
    startWith: {
      secrets: await createTestSecrets(),
      snapshotKey: verifyingKey(key),
      listener: { host: listener.host, port: listener.port },
      generation: 'first',
    },
    sign: (snapshot) => sign(snapshot),
    drainTimeoutMs: 1_000,
    log: createLogger('test', 'silent'),
    metrics: createPrimaryMetrics(),
  });
  await using stack = new AsyncDisposableStack();
  stack.defer(async () => {
    listener.close();
    await pool.drain();
  });
  const { id: _, ...content } = createTestSnapshot({ subgraphs: [subgraph], open: true });
  const first = buildSnapshot({ ...content, settings: quiet(content.settings) });
  const next = buildSnapshot({ ...first, documents: [{ client: 'web', id: '1', text: '{ hello }' }] });
  await pool.start(first);
  const served = async () => {
    const { body } = await request(`http://127.0.0.1:${listener.port}/graphql`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"query":"{ hello }"}',
    });
    assert.deepEqual(await body.json(), { data: { hello: 'world' } });
    return (await pool.status()).map(({ snapshotId }) => snapshotId);
  };

  const stranger = generateKeyPairSync('ed25519').privateKey;
  const honest = sign;
  const cases: [typeof sign, RegExp][] = [
    [(snapshot) => signSnapshot(snapshot, stranger), /its signature is not from the key of the primary/],
    [(snapshot) => ({ ...honest(snapshot), content: '{}' }), /not what its address says/],
    [(snapshot) => ({ ...honest(snapshot), id: first.id }), /not what its address says/],
    [(snapshot) => ({ ...honest(snapshot), format: 2 as never }), /another form than this version reads/],
    [(snapshot) => honest(buildSnapshot({ ...snapshot, apiSdl: 5 as never })), /apiSdl/],
  ];
  for (const [dishonest, expected] of cases) {
    sign = dishonest;
    await assert.rejects(pool.reload(next), expected);
    assert.deepEqual(await served(), [first.id]);
  }
  sign = honest;
  await pool.reload(next);
  assert.deepEqual(await served(), [next.id]);
});

/** The worker's lines about what it refuses are not what this test is about. */
function quiet(settings: Snapshot['settings']): Snapshot['settings'] {
  return { ...settings, logging: { ...settings.logging, level: 'fatal' } };
}
