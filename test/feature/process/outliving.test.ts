import assert from 'node:assert/strict';
import { once } from 'node:events';
import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { isAlive, until } from '../../kit/processes.ts';
import { runTributary } from '../../kit/run-tributary.ts';
import { placeSupergraph, type ServeOptions, startServing, type TestServing } from '../../kit/serving.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph, type TinySupergraph } from '../../kit/tiny-supergraph.ts';

const HELLO = { status: 200, answer: { data: { hello: 'world' } } };
const NEW_KEY = { name: 'app', tier: 'PRO', accountId: 'acc_1' };

let tiny: TinySupergraph;
before(async () => {
  tiny = await startTinySupergraph();
});
after(() => tiny[Symbol.asyncDispose]());

async function kill(serving: TestServing): Promise<void> {
  const gone = once(serving.command.process, 'exit');
  serving.command.process.kill('SIGKILL');
  await gone;
}

const pidsOf = async (serving: TestServing): Promise<number[]> =>
  (await serving.status()).workers.map(({ pid }) => pid).sort();

/** Starts a platform with two workers and kills its primary. */
async function leaveWorkers(place: ServeOptions) {
  const first = await startServing({ ...place, args: ['--workers', '2', ...(place.args ?? [])] });
  const pids = await pidsOf(first);
  await kill(first);
  return { first, pids };
}

test('workers serve on when their primary is killed, and the next one has them, their socket and their keys again', async () => {
  using folder = createTemporaryFolder();
  const place = placeSupergraph(folder, tiny.sdl);
  const first = await startServing({ ...place, args: ['--workers', '2'] });
  const made = async (serving: TestServing) =>
    ((await serving.admin('POST', '/api/keys', NEW_KEY)).answer as { key: string }).key;
  const key = await made(first);
  const pids = await pidsOf(first);
  await kill(first);
  for (let count = 0; count < 10; count += 1)
    assert.deepEqual(await first.ask('{ hello }', { 'x-api-key': key }), HELLO);
  assert.ok(pids.every(isAlive));

  const second = await startServing({ ...place, args: ['--workers', '2'] });
  await using _second = second;
  assert.equal(second.url, first.url, 'port 0 means the port that they have');
  assert.deepEqual(await pidsOf(second), pids);
  const later = await made(second);
  assert.deepEqual(await first.ask('{ hello }', { 'x-api-key': later }), HELLO);

  // One after another is killed. Who is left hands the socket on; the last one leaves none, and it is bound anew.
  const [victim, survivor] = pids as [number, number];
  process.kill(victim, 'SIGKILL');
  await until(() => !isAlive(victim));
  await until(async () => {
    assert.deepEqual(await second.ask('{ hello }', { 'x-api-key': later }), HELLO);
    const workers = await pidsOf(second);
    return workers.length === 2 && workers.includes(survivor) && workers.every(isAlive);
  });
  const borrowed = (await pidsOf(second)).find((pid) => pid !== survivor) as number;
  process.kill(survivor, 'SIGKILL');
  await until(async () => (await second.status()).workers.every(({ state }) => state === 'ready'));
  assert.ok((await pidsOf(second)).includes(borrowed));

  const last = await pidsOf(second);
  second.command.process.kill('SIGTERM');
  assert.equal(await second.command.ended, 0);
  assert.deepEqual(last.filter(isAlive), []);
  assert.deepEqual(readdirSync(join(place.stateDir, 'workers')), []);
  await assert.rejects(first.ask('{ hello }'));
});

test('when no worker is left the address is bound anew', async () => {
  using folder = createTemporaryFolder();
  const place = placeSupergraph(folder, tiny.sdl);
  const { first, pids } = await leaveWorkers({ ...place, args: ['--open'] });
  const second = await startServing({ ...place, args: ['--workers', '2', '--open'] });
  await using _second = second;
  for (const pid of pids) process.kill(pid, 'SIGKILL');
  await until(async () => {
    const { workers } = await second.status();
    return workers.every(({ state, pid }) => state === 'ready' && !pids.includes(pid));
  });
  assert.deepEqual(await first.ask('{ hello }'), HELLO);
});

test('workers with other secrets are replaced one after another, and no request notices', async () => {
  using folder = createTemporaryFolder();
  const place = placeSupergraph(folder, tiny.sdl);
  const { first, pids } = await leaveWorkers({ ...place, args: ['--open'] });
  const env = { TRIBUTARY_KEY_PEPPER: Buffer.alloc(32, 7).toString('base64url') };
  const second = await startServing({ ...place, args: ['--workers', '2', '--open'], env });
  await using _second = second;
  await until(async () => {
    assert.deepEqual(await first.ask('{ hello }'), HELLO);
    return pids.every((pid) => !isAlive(pid));
  });
  // The primary hears of the last one's end a moment later.
  await until(async () => (await second.status()).workers.length === 2);
  assert.deepEqual(await second.ask('{ hello }'), HELLO);
});

test('a worker that is asked to end has a successor first', async () => {
  using folder = createTemporaryFolder();
  const serving = await startServing({ ...placeSupergraph(folder, tiny.sdl), args: ['--open'] });
  await using _serving = serving;
  const [pid] = (await pidsOf(serving)) as [number];
  process.kill(pid, 'SIGTERM');
  let least = 1;
  await until(async () => {
    assert.deepEqual(await serving.ask('{ hello }'), HELLO);
    const { workers } = await serving.status();
    least = Math.min(least, workers.filter(({ state }) => state !== 'starting').length);
    return !isAlive(pid);
  });
  assert.equal(least, 1);
  assert.doesNotMatch(serving.command.output(), /worker died/);
});

test('workers of a primary with another key end in order, and two primaries do not share a state directory', async () => {
  using folder = createTemporaryFolder();
  const place = placeSupergraph(folder, tiny.sdl);
  const { first, pids } = await leaveWorkers({ ...place, args: ['--open'] });
  rmSync(join(place.stateDir, 'keys/snapshot.private.jwk'));
  // What is left of a worker that was killed, too.
  writeFileSync(join(place.stateDir, 'workers/999999.sock'), '');
  const port = new URL(first.url).port;
  const second = await startServing({ ...place, args: ['--open', '--port', port] });
  await using _second = second;
  assert.deepEqual(pids.filter(isAlive), []);
  assert.match(second.command.output(), /a primary with another key/);
  assert.equal((await pidsOf(second)).length, 1);
  assert.deepEqual(await first.ask('{ hello }'), HELLO);

  const third = runTributary(['serve', '--supergraph', place.supergraph, '--state-dir', place.stateDir]);
  assert.equal(await third.ended, 1);
  assert.match(
    third.output(),
    new RegExp(
      `^STATE_DIRECTORY_IN_USE Another platform \\(process ${second.command.process.pid}\\) runs on .*state\\.\n$`,
    ),
  );
});

test('a worker that no primary can find any more ends', async () => {
  const folder = createTemporaryFolder();
  const { pids } = await leaveWorkers({ ...placeSupergraph(folder, tiny.sdl), args: ['--open'] });
  folder[Symbol.dispose]();
  await until(() => !pids.some(isAlive));
});

test('a primary that cannot start leaves the workers alone', async () => {
  using folder = createTemporaryFolder();
  const place = placeSupergraph(folder, tiny.sdl);
  const { first, pids } = await leaveWorkers({ ...place, args: ['--open'] });
  const broken = folder.write('broken.graphql', 'type Query {');
  const failed = runTributary([
    ...['serve', '--supergraph', broken, '--port', '0', '--admin-port', '0', '--open', '--workers', '2'],
    ...['--state-dir', place.stateDir],
  ]);
  const [exitCode] = await once(failed.process, 'exit');
  assert.equal(exitCode, 1);
  assert.deepEqual(await first.ask('{ hello }'), HELLO);
  assert.ok(pids.every(isAlive));

  // One that hangs would let connections wait for ever.
  const [hanging, other] = pids as [number, number];
  process.kill(hanging, 'SIGSTOP');
  await using second = await startServing({ ...place, args: ['--open', '--workers', '2'] });
  assert.equal(isAlive(hanging), false);
  const workers = await pidsOf(second);
  assert.equal(workers.length, 2);
  assert.ok(workers.includes(other));
  assert.deepEqual(await first.ask('{ hello }'), HELLO);
});
