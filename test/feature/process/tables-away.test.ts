import assert from 'node:assert/strict';
import { copyFileSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { until } from '../../kit/processes.ts';
import { runTributary } from '../../kit/run-tributary.ts';
import { placeSupergraph, startServing } from '../../kit/serving.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph } from '../../kit/tiny-supergraph.ts';

const NEW_KEY = { name: 'app', tier: 'PRO', accountId: 'acc_1' };

test('without its tables a platform starts from the last good snapshot, and goes by them again once they are back', async () => {
  using folder = createTemporaryFolder();
  await using tiny = await startTinySupergraph();
  const place = placeSupergraph(folder, tiny.sdl);
  const tables = join(place.stateDir, 'control.sqlite');
  const first = await startServing(place);
  const { key } = (await first.admin('POST', '/api/keys', NEW_KEY)).answer as { key: string };
  await first[Symbol.asyncDispose]();

  renameSync(tables, `${tables}.kept`);
  for (const suffix of ['-wal', '-shm']) rmSync(tables + suffix, { force: true });
  writeFileSync(tables, 'this is no table at all '.repeat(100));
  await using second = await startServing(place);
  assert.match(second.command.output(), /tables of the control plane are away: the last good snapshot/);
  const hello = { status: 200, answer: { data: { hello: 'world' } } };
  assert.deepEqual(await second.ask('{ hello }', { 'x-api-key': key }), hello);
  assert.equal((await second.ask('{ hello }', { 'x-api-key': `${key}x` })).status, 401);
  const refused = (await second.admin('POST', '/api/keys', NEW_KEY)) as { status: number; answer: unknown };
  assert.equal(refused.status, 503);
  assert.match(JSON.stringify(refused.answer), /CONTROL_PLANE_AWAY/);
  const ready = (await second.admin('GET', '/health/ready')) as { status: number; answer: unknown };
  assert.equal(ready.status, 200);
  assert.match(JSON.stringify(ready.answer), /the control plane is away; what it said at 20/);

  copyFileSync(`${tables}.kept`, tables);
  await second.command.waitFor(/tables of the control plane are back/);
  assert.deepEqual((await second.status()).warnings, []);
  const later = (await second.admin('POST', '/api/keys', NEW_KEY)).answer as { key: string };
  assert.deepEqual(await second.ask('{ hello }', { 'x-api-key': later.key }), hello);
  // What was used without the tables is counted, too.
  await until(async () => {
    const { usage } = (await second.admin('GET', '/api/usage?group=none')).answer as {
      usage: { operations: number }[];
    };
    return usage[0]?.operations === 2;
  });
});

test('a damaged snapshot is not served: without tables the start is refused', async () => {
  using folder = createTemporaryFolder();
  await using tiny = await startTinySupergraph();
  const place = placeSupergraph(folder, tiny.sdl);
  await (await startServing({ ...place, args: ['--open'] }))[Symbol.asyncDispose]();
  const file = join(place.stateDir, 'snapshot.json');
  const whole = readFileSync(file, 'utf8');
  writeFileSync(join(place.stateDir, 'control.sqlite'), 'this is no table at all '.repeat(100));
  const start = async (...args: string[]) => {
    const command = runTributary([
      ...['serve', '--supergraph', place.supergraph, '--port', '0', '--admin-port', '0'],
      ...['--state-dir', place.stateDir, ...args],
    ]);
    return { exitCode: await command.ended, output: command.output() };
  };

  writeFileSync(file, whole.replace('hello', 'other'));
  const damaged = await start('--open');
  assert.equal(damaged.exitCode, 1);
  assert.match(damaged.output, /cannot be used/);
  assert.match(damaged.output, /not what its address says/);

  // What asked for no keys is no snapshot for a platform that does.
  writeFileSync(file, whole);
  assert.equal((await start()).exitCode, 1);
});
