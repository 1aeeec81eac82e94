import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SnapshotPart } from '../../../src/control/parts/snapshot-part.ts';
import { createRedisNotices } from '../../../src/control/redis-notices.ts';
import { createCapturedLog } from '../../kit/captured-log.ts';
import { fixedPart, startTestControlPlane } from '../../kit/control-plane.ts';
import { startEngines } from '../../kit/engines.ts';
import { until } from '../../kit/processes.ts';
import { startRedis } from '../../kit/redis.ts';

const NEW_KEY = { name: 'n', tier: 'FREE', scopes: [], accountId: 'a' } as const;

const engines = await startEngines('control');

for (const engine of engines) {
  test(`${engine.name}: a change of the keys is handed out before whoever made it is answered`, async () => {
    await using control = await startTestControlPlane({ engine: await engine.open(), pollMs: 600_000 });
    const { id } = await control.keys.create(NEW_KEY);
    assert.deepEqual(
      control.plane.snapshot?.keys.map((key) => key.id),
      [id],
    );
    assert.equal(await control.keys.revoke(id), true);
    assert.deepEqual(control.plane.snapshot?.keys, []);
    assert.equal(control.published.length, 3);
    assert.equal(await control.keys.revoke('nobody'), false);
    assert.equal(control.published.length, 3);
  });

  test(`${engine.name}: a change of another process is seen by asking the tables`, async () => {
    const open = await engine.openShared();
    await using here = await startTestControlPlane({ engine: open(), pollMs: 20 });
    await using there = await startTestControlPlane({ engine: open(), pollMs: 600_000 });
    const { id } = await there.keys.create(NEW_KEY);
    await here.whenPublished(({ keys }) => keys.some((key) => key.id === id));
    await there.keys.revoke(id);
    await here.whenPublished(({ keys }) => keys.length === 0 && here.published.length > 2);
  });
}

const [sqlite] = engines;
const openSqlite = async () => sqlite?.open() ?? assert.fail('no engine');

test('refreshes at the same time share a run that begins after them', async () => {
  let reads = 0;
  let text = 'first';
  const part: SnapshotPart = {
    name: 'counted',
    async read() {
      reads += 1;
      return { supergraphSdl: text };
    },
  };
  await using control = await startTestControlPlane({
    engine: await openSqlite(),
    parts: [fixedPart, part],
    pollMs: 600_000,
  });
  reads = 0;
  const first = control.plane.refresh();
  text = 'second';
  await Promise.all([first, ...Array.from({ length: 50 }, () => control.plane.refresh())]);
  assert.equal(reads, 2);
  assert.equal(control.plane.snapshot?.supergraphSdl, 'second');
});

test('nothing is handed out when nothing changed', async () => {
  await using control = await startTestControlPlane({ engine: await openSqlite() });
  await control.plane.refresh();
  await control.plane.change(async () => {});
  assert.equal(control.published.length, 1);
});

test('a part that cannot be read stays as it was, and the others go on', async () => {
  let isBroken = false;
  const part: SnapshotPart = {
    name: 'the shaky part',
    async read() {
      if (isBroken) throw new Error('no such file');
      return { supergraphSdl: 'good' };
    },
  };
  const { log, lines } = createCapturedLog();
  await using control = await startTestControlPlane({
    engine: await openSqlite(),
    parts: [fixedPart, part],
    pollMs: 600_000,
    log,
  });
  isBroken = true;
  const { id } = await control.keys.create(NEW_KEY);
  assert.equal(control.plane.snapshot?.supergraphSdl, 'good');
  assert.deepEqual(
    control.plane.snapshot?.keys.map((key) => key.id),
    [id],
  );
  assert.deepEqual(
    lines.map(({ msg }) => msg),
    ['the shaky part cannot be read; what was read before holds'],
  );
  await assert.rejects(control.plane.refresh(), { message: 'no such file' });
});

test('a part that cannot be read stops the start', async () => {
  const part: SnapshotPart = { name: 'broken', read: () => Promise.reject(new Error('no such file')) };
  await assert.rejects(startTestControlPlane({ engine: await openSqlite(), parts: [fixedPart, part] }), {
    message: 'no such file',
  });
});

test('a refused snapshot keeps the one before, but a revoked key still ends', async () => {
  let text = 'first';
  const part: SnapshotPart = { name: 'changing', read: async () => ({ supergraphSdl: text }) };
  await using control = await startTestControlPlane({
    engine: await openSqlite(),
    parts: [fixedPart, part],
    accept({ supergraphSdl }) {
      if (supergraphSdl === 'broken') throw new Error('cannot be served');
    },
    pollMs: 600_000,
  });
  const { id } = await control.keys.create(NEW_KEY);
  text = 'broken';
  await assert.rejects(control.plane.refresh(), { message: 'cannot be served' });
  assert.equal(control.plane.snapshot?.keys.length, 1);
  await control.keys.revoke(id);
  assert.deepEqual([control.plane.snapshot?.supergraphSdl, control.plane.snapshot?.keys], ['first', []]);
});

test('a change that could not be taken over is tried again', async () => {
  let refusals = 2;
  await using control = await startTestControlPlane({
    engine: await openSqlite(),
    accept({ keys }) {
      if (keys.length > 0 && refusals-- > 0) throw new Error('no worker serves now');
    },
  });
  const { id } = await control.keys.create(NEW_KEY);
  const { keys } = await control.whenPublished((snapshot) => snapshot.keys.length > 0);
  assert.deepEqual(
    keys.map((key) => key.id),
    [id],
  );
});

test('a change that is rolled back is none', async () => {
  await using control = await startTestControlPlane({ engine: await openSqlite(), pollMs: 600_000 });
  await assert.rejects(
    control.plane.change(async (tables) => {
      await tables.deleteFrom('revision').execute();
      throw new Error('not after all');
    }),
    { message: 'not after all' },
  );
  await control.keys.create(NEW_KEY);
  assert.equal(control.published.length, 2);
});

test('with Redis a change is seen at once on other machines; a lost notice costs the wait for the poll', async () => {
  await using redis = await startRedis();
  const open = await (sqlite ?? assert.fail('no engine')).openShared();
  const { log } = createCapturedLog();
  const [sending, following] = [createRedisNotices(redis.url, log), createRedisNotices(redis.url, log)];
  await using there = await startTestControlPlane({ engine: open(), pollMs: 600_000, notices: sending });
  await using here = await startTestControlPlane({ engine: open(), pollMs: 600_000, notices: following });
  // The second is the look when it begins to listen; a third can only come by a notice.
  await until(async () => {
    await there.keys.create(NEW_KEY);
    return here.published.length > 2;
  });
  const { id } = await there.keys.create(NEW_KEY);
  await here.whenPublished(({ keys }) => keys.some((key) => key.id === id));

  await redis.kill();
  await using patient = await startTestControlPlane({ engine: open(), pollMs: 20, notices: following });
  const late = await there.keys.create(NEW_KEY);
  await patient.whenPublished(({ keys }) => keys.some((key) => key.id === late.id));
  for (const notices of [sending, following]) notices.close();
});

test('a key that is revoked while another snapshot is handed out does not wait for it', async () => {
  const open = await (sqlite ?? assert.fail('no engine')).openShared();
  let text = 'first';
  const arrived = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  await using here = await startTestControlPlane({
    engine: open(),
    parts: [fixedPart, { name: 'changing', read: async () => ({ supergraphSdl: text }) }],
    async accept({ supergraphSdl }) {
      if (supergraphSdl !== 'slow') return;
      arrived.resolve();
      await release.promise;
    },
    pollMs: 20,
  });
  await using there = await startTestControlPlane({ engine: open(), pollMs: 600_000 });
  const { id } = await here.keys.create(NEW_KEY);
  const other = await here.keys.create(NEW_KEY);
  text = 'slow';
  const slow = here.plane.refresh();
  await arrived.promise;

  const revoked = here.keys.revoke(id);
  await until(() => here.hurried.at(-1)?.join() === other.id);
  await there.keys.revoke(other.id);
  await until(() => here.hurried.at(-1)?.join() === '');
  assert.notEqual(here.plane.snapshot?.supergraphSdl, 'slow');

  release.resolve();
  await Promise.all([slow, revoked]);
  assert.deepEqual([here.plane.snapshot?.supergraphSdl, here.plane.snapshot?.keys], ['slow', []]);
});

test('a key that is revoked while the parts are read is handed out after the snapshot that still has it', async () => {
  const reading = Promise.withResolvers<void>();
  const readOn = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  let text = 'first';
  await using control = await startTestControlPlane({
    engine: await openSqlite(),
    parts: [
      fixedPart,
      {
        name: 'changing',
        async read() {
          if (text === 'first') return { supergraphSdl: text };
          reading.resolve();
          await readOn.promise;
          return { supergraphSdl: text };
        },
      },
    ],
    accept: ({ supergraphSdl }) => (supergraphSdl === 'slow' ? release.promise : undefined),
    pollMs: 600_000,
  });
  const { id } = await control.keys.create(NEW_KEY);
  text = 'slow';
  const slow = control.plane.refresh();
  await reading.promise;
  const revoked = control.keys.revoke(id);
  await until(async () => (await control.keys.active()).length === 0);
  assert.deepEqual(control.hurried, []);
  readOn.resolve();
  await until(() => control.hurried.at(-1)?.join() === '');
  release.resolve();
  await Promise.all([slow, revoked]);
  assert.deepEqual(control.plane.snapshot?.keys, []);
});
