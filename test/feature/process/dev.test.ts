import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from 'undici';
import { descendantsOf, isAlive, isListening, until } from '../../kit/processes.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const READY = /^ready {2}(\S+)$/m;
const anyPorts = (stateDir: string): string[] => [
  ...['dev', '--port', '0', '--admin-port', '0', '--subgraph-port', '0'],
  ...['--state-dir', stateDir],
];

/** Primary, worker and four subgraphs. */
const PROCESSES = 6;

async function startDev(stateDir: string, through?: readonly [string, ...string[]], env = {}) {
  const command: RunningCommand = runTributary(anyPorts(stateDir), {
    env,
    ...(through === undefined ? {} : { through }),
  });
  const [, url = ''] = await command.waitFor(READY);
  return { command, url };
}

async function isServing(url: string): Promise<boolean> {
  const { statusCode, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: '{"query":"{ __typename }"}',
  });
  await body.dump();
  return statusCode === 200;
}

test('Ctrl-C stops everything with exit code 0, and a dead subgraph comes back on its port', async () => {
  using folder = createTemporaryFolder();
  const { command, url } = await startDev(join(folder.path, 'state'));
  await using _command = command;
  const all = descendantsOf(command.process.pid as number);
  assert.equal(all.length, PROCESSES - 1);
  const [, newsUrl = ''] = await command.waitFor(/^ +news +(\S+)$/m);
  const health = new URL('/health', newsUrl);
  const isHealthy = () =>
    request(health).then(
      async ({ statusCode, body }) => {
        await body.dump();
        return statusCode === 200;
      },
      () => false,
    );
  assert.ok(await isHealthy());
  const news = all.find((pid) => isListening(pid, Number(health.port)));
  assert.ok(news !== undefined);
  process.kill(news, 'SIGKILL');
  await until(async () => !(await isHealthy()));
  assert.ok(await isServing(url));
  await command.waitFor(/news died and is started again/);
  await until(isHealthy);

  const last = descendantsOf(command.process.pid as number);
  command.process.kill('SIGINT');
  assert.equal(await command.ended, 0);
  assert.deepEqual(last.filter(isAlive), []);
});

test('a killed parent leaves no orphan: the primary itself, a shell above it, npm above the shell', async () => {
  using folder = createTemporaryFolder();
  // The primary alone is killed: its children end without it.
  const { command } = await startDev(join(folder.path, 'state'));
  const children = descendantsOf(command.process.pid as number);
  command.process.kill('SIGKILL');
  await until(() => !children.some(isAlive));

  // A stand-in for npm, which starts a shell, which starts the primary; the shell survives its parent.
  const npm = `process.title = 'npm start';
    const { spawn } = require('node:child_process');
    const quoted = process.argv.slice(1).map((text) => "'" + text + "'").join(' ');
    spawn('sh', ['-c', quoted + '; true'], { stdio: 'inherit' });`;
  const under = await startDev(join(folder.path, 'state'), [process.execPath, '-e', npm, '--'], {
    npm_lifecycle_event: 'start',
  });
  const family = descendantsOf(under.command.process.pid as number);
  assert.equal(family.length, PROCESSES + 1);
  under.command.process.kill('SIGKILL');
  await until(() => !family.some(isAlive));
});

test('a taken port of a subgraph is one clear line, and nothing stays behind', async () => {
  using folder = createTemporaryFolder();
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  const command = runTributary([...anyPorts(join(folder.path, 'state')), '--subgraph-port', String(port)]);
  const seen = new Set<number>();
  const timer = setInterval(() => {
    if (isAlive(command.process.pid as number)) {
      for (const pid of descendantsOf(command.process.pid as number)) seen.add(pid);
    }
  }, 250);
  assert.equal(await command.ended, 1);
  clearInterval(timer);
  taken.close();
  // Another program may hold one of the next three ports as well, and be told first.
  assert.match(command.output(), /^PORT_TAKEN Port \d+ is taken: the \w+ subgraph cannot listen there\.\n$/);
  assert.ok(seen.size >= PROCESSES - 1);
  assert.deepEqual([...seen].filter(isAlive), []);
});
