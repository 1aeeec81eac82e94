import assert from 'node:assert/strict';
import { readFileSync, statSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { findFreePort } from '../../kit/find-free-port.ts';
import { isAlive, until } from '../../kit/processes.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph, type TinySupergraph } from '../../kit/tiny-supergraph.ts';

const READY = /^ready {2}(http:\/\/127\.0\.0\.1:\d+\/graphql)$/m;

let tiny: TinySupergraph;
let folder: TemporaryFolder;
let supergraph: string;
before(async () => {
  tiny = await startTinySupergraph();
  folder = createTemporaryFolder();
  supergraph = folder.write('supergraph.graphql', tiny.sdl);
});
after(async () => {
  await tiny[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

interface Serving {
  readonly command: RunningCommand;
  readonly url: string;
  readonly adminUrl: string;
  readonly stateDir: string;
}

async function serve(name: string, ...options: string[]): Promise<Serving> {
  const stateDir = join(folder.path, name);
  const command = runTributary([
    'serve',
    ...['--supergraph', supergraph, '--port', '0', '--admin-port', '0', '--state-dir', stateDir],
    ...options,
  ]);
  const [, url = ''] = await command.waitFor(READY);
  const [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
  return { command, url, adminUrl, stateDir };
}

async function ask(url: string, query: string) {
  const { statusCode, headers, body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ query }),
  });
  return { status: statusCode, headers, answer: (await body.json()) as { data?: unknown } };
}

/** Asks for the field that waits; resolves when the subgraph has been asked for it. */
async function askSlow(url: string, { slowAsked }: TinySupergraph) {
  const answered = ask(url, '{ slow }');
  const early = answered.then(({ answer }) => assert.fail(`answered too early: ${JSON.stringify(answer)}`));
  await Promise.race([slowAsked, early]);
  // From here on the answer is meant to come, or to be cut off.
  early.catch(() => {});
  return { answered };
}

async function workersOf({ adminUrl, stateDir }: Serving) {
  const token = readFileSync(join(stateDir, 'admin-token'), 'utf8').trim();
  const { body } = await request(`${adminUrl}/api/status`, { headers: { authorization: `Bearer ${token}` } });
  const status = (await body.json()) as {
    snapshotId: string;
    workers: { pid: number; state: string; snapshotId: string; rssBytes: number }[];
    subgraphs: { name: string; routingUrl: string }[];
  };
  return status;
}

test('serves any supergraph, tells its state by token alone, and ends with exit code 0', async () => {
  const serving = await serve('plain', '--open', '--workers', '2');
  await using command = serving.command;
  assert.deepEqual((await ask(serving.url, '{ hello }')).answer, { data: { hello: 'world' } });
  assert.match(command.output(), /open: no keys are asked for/);

  const { snapshotId, workers, subgraphs } = await workersOf(serving);
  assert.equal(workers.length, 2);
  for (const worker of workers) {
    assert.equal(worker.state, 'ready');
    assert.equal(worker.snapshotId, snapshotId);
    assert.ok(worker.rssBytes > 1_000_000);
  }
  assert.deepEqual(
    subgraphs.map(({ name }) => name),
    ['tiny'],
  );

  for (const authorization of ['', 'Bearer wrong', 'Basic abc']) {
    const refused = await request(`${serving.adminUrl}/api/status`, { headers: { authorization } });
    assert.equal(refused.statusCode, 401);
    assert.ok(refused.headers['x-request-id']);
    assert.match(await refused.body.text(), /"code":"UNAUTHENTICATED"/);
  }
  const metrics = await request(`${serving.adminUrl}/metrics`);
  assert.match(
    await metrics.body.text(),
    /tributary_workers_ready 2\n[\s\S]*tributary_requests_total\{outcome="ok"\} 1/,
  );
  const ready = await request(`${serving.adminUrl}/health/ready`);
  assert.equal(ready.statusCode, 200);
  await ready.body.dump();

  command.process.kill('SIGTERM');
  assert.equal(await command.ended, 0);
  for (const { pid } of workers) assert.equal(isAlive(pid), false);
});

test('replaces a killed worker while the others answer', async () => {
  const serving = await serve('killed', '--open', '--workers', '2');
  await using _command = serving.command;
  const before = await workersOf(serving);
  const [victim, survivor] = before.workers;
  assert.ok(victim !== undefined && survivor !== undefined);
  process.kill(victim.pid, 'SIGKILL');
  await until(() => !isAlive(victim.pid));
  assert.equal((await ask(serving.url, '{ hello }')).status, 200);
  await until(async () => {
    assert.equal((await ask(serving.url, '{ hello }')).status, 200);
    const { workers } = await workersOf(serving);
    return workers.length === 2 && workers.every(({ state, pid }) => state === 'ready' && pid !== victim.pid);
  });
  const { workers } = await workersOf(serving);
  assert.ok(workers.some(({ pid }) => pid === survivor.pid));
  const metrics = await request(`${serving.adminUrl}/metrics`);
  assert.match(await metrics.body.text(), /tributary_process_restarts_total\{process="worker"\} 1/);
});

test('SIGTERM lets a request under way end, and refuses new connections after it', async () => {
  const config = folder.write('slow.yaml', 'subgraphs: { all: { timeoutMs: 20000 } }\n');
  const serving = await serve('drained', '--open', '--gateway-config', config);
  await using command = serving.command;
  const { answered } = await askSlow(serving.url, tiny);
  command.process.kill('SIGTERM');
  await until(async () => {
    const isRefused = await ask(serving.url, '{ hello }').then(
      () => false,
      () => true,
    );
    return isRefused;
  });
  tiny.releaseSlow();
  const { answer, headers } = await answered;
  assert.deepEqual(answer, { data: { slow: 'at last' } });
  assert.equal(headers.connection, 'close');
  assert.equal(await command.ended, 0);
});

test('who reads what it says may leave: it serves on', async () => {
  const port = String(await findFreePort());
  const command = runTributary([
    ...['serve', '--supergraph', supergraph, '--port', port, '--admin-port', '0', '--open'],
    ...['--state-dir', join(folder.path, 'unread')],
  ]);
  command.process.stdout?.destroy();
  command.process.stderr?.destroy();
  const url = `http://127.0.0.1:${port}/graphql`;
  await until(() =>
    ask(url, '{ hello }').then(
      ({ status }) => status === 200,
      () => false,
    ),
  );
  // Each of them would be a line in the log.
  for (let count = 0; count < 5; count += 1) assert.equal((await ask(url, '{ hello }')).status, 200);
  command.process.kill('SIGTERM');
  assert.equal(await command.ended, 0);
});

test('a second Ctrl-C ends everything at once', async () => {
  await using slowTiny = await startTinySupergraph();
  const file = folder.write('slow.graphql', slowTiny.sdl);
  const config = folder.write('patient.yaml', 'subgraphs: { all: { timeoutMs: 20000 } }\n');
  const serving = await serve('interrupted', '--open', '--gateway-config', config, '--supergraph', file);
  const { workers } = await workersOf(serving);
  const { answered } = await askSlow(serving.url, slowTiny);
  const isCut = answered.then(
    () => false,
    () => true,
  );
  serving.command.process.kill('SIGINT');
  await until(() =>
    ask(serving.url, '{ hello }').then(
      () => false,
      () => true,
    ),
  );
  serving.command.process.kill('SIGINT');
  assert.equal(await serving.command.ended, 130);
  assert.ok(await isCut);
  await until(() => workers.every(({ pid }) => !isAlive(pid)));
});

test('a change of gateway.yaml is swapped in; a broken one keeps the old settings and says why', async () => {
  const config = folder.write('live.yaml', 'limits: { aliases: 2 }\n');
  const serving = await serve('live', '--open', '--gateway-config', config);
  await using command = serving.command;
  const aliased = '{ a: hello b: hello c: hello }';
  assert.equal((await ask(serving.url, aliased)).status, 400);
  const before = await workersOf(serving);

  folder.write('live.yaml', 'limits: { aliasess: 9 }\n');
  await command.waitFor(/unknown key \\"limits\.aliasess\\"; did you mean \\"aliases\\"/);
  assert.equal((await ask(serving.url, aliased)).status, 400);
  assert.equal((await workersOf(serving)).snapshotId, before.snapshotId);

  folder.write('live.yaml', 'limits: { aliases: 3 }\n');
  await command.waitFor(/the new settings hold/);
  assert.equal((await ask(serving.url, aliased)).status, 200);
  const after = await workersOf(serving);
  assert.notEqual(after.snapshotId, before.snapshotId);
  assert.deepEqual(
    after.workers.map(({ pid, snapshotId }) => [pid, snapshotId]),
    [[before.workers[0]?.pid, after.snapshotId]],
  );
});

test('a taken port is one clear line and exit code 1', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const port = String((taken.address() as AddressInfo).port);
  const base = ['serve', '--supergraph', supergraph, '--state-dir', join(folder.path, 'taken')];
  for (const [options, listener] of [
    [['--port', port, '--admin-port', '0'], 'public'],
    [['--port', '0', '--admin-port', port], 'admin'],
  ] as const) {
    const command = runTributary([...base, ...options]);
    assert.equal(await command.ended, 1);
    assert.equal(
      command.output(),
      `PORT_TAKEN Port ${port} is taken: the ${listener} listener cannot listen there.\n`,
    );
  }
  taken.close();
});

test('what cannot be served is refused at the start in one line with its code', async () => {
  const noSupergraph = folder.write('no-supergraph.graphql', 'type Query { a: Int }');
  const syntax = folder.write('syntax.graphql', 'type Query {');
  const badYaml = folder.write('bad.yaml', 'server:\n  prot: 1\n');
  const cases: [string[], RegExp][] = [
    [['--supergraph', noSupergraph], /^SUPERGRAPH_INVALID .*no-supergraph\.graphql is no supergraph.*\n$/],
    [['--supergraph', syntax], /^SUPERGRAPH_INVALID .*syntax\.graphql is not valid SDL: Syntax Error.*\n$/],
    [['--supergraph', join(folder.path, 'gone.graphql')], /^CONFIG_NOT_FOUND .*gone\.graphql.*\n$/],
    [
      ['--supergraph', supergraph, '--gateway-config', badYaml],
      /^CONFIG_UNKNOWN_KEY .*bad\.yaml:2:3: unknown key "server\.prot"; did you mean "port"\?\n$/,
    ],
    [
      ['--supergraph', supergraph, '--gateway-config', join(folder.path, 'gone.yaml')],
      /^CONFIG_NOT_FOUND .*gone\.yaml.*\n$/,
    ],
  ];
  for (const [options, expected] of cases) {
    const command = runTributary([
      ...['serve', '--port', '0', '--admin-port', '0', '--state-dir', join(folder.path, 'refused')],
      ...options,
    ]);
    assert.equal(await command.ended, 1);
    assert.match(command.output(), expected);
  }
});

test("the state directory and its secrets are the owner's alone", async () => {
  const serving = await serve('private', '--open');
  await using _command = serving.command;
  assert.equal(statSync(serving.stateDir).mode & 0o777, 0o700);
  for (const name of [
    'admin-token',
    'snapshot.json',
    'keys/gateway.private.jwk',
    'keys/key-pepper',
    'keys/cursor-key',
  ]) {
    assert.equal(statSync(join(serving.stateDir, name)).mode & 0o777, 0o600, name);
  }
  const snapshot = readFileSync(join(serving.stateDir, 'snapshot.json'), 'utf8');
  const pepper = readFileSync(join(serving.stateDir, 'keys/key-pepper'), 'utf8').trim();
  assert.equal(snapshot.includes(pepper), false);
});
