import assert from 'node:assert/strict';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { until } from '../../kit/processes.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph, type TinySupergraph } from '../../kit/tiny-supergraph.ts';

let tiny: TinySupergraph;
let folder: TemporaryFolder;
let platform: RunningCommand;
let url: string;
let adminUrl: string;

before(async () => {
  tiny = await startTinySupergraph();
  folder = createTemporaryFolder();
  const supergraph = folder.write('supergraph.graphql', tiny.sdl);
  platform = runTributary([
    'serve',
    ...['--supergraph', supergraph, '--port', '0', '--admin-port', '0', '--open'],
    ...['--state-dir', join(folder.path, 'state')],
  ]);
  [, url = ''] = await platform.waitFor(/^ready {2}(http:\S+)$/m);
  [, adminUrl = ''] = await platform.waitFor(/admin +(http:\S+)\/metrics/);
});
after(async () => {
  await platform[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function run(...args: string[]): Promise<{ code: unknown; output: string }> {
  const admin = ['--admin-url', adminUrl, '--state-dir', join(folder.path, 'state')];
  await using command = runTributary(['operations', ...args, ...admin]);
  const code = await command.ended;
  return { code, output: command.output() };
}

async function ask(
  parameters: object,
  client = 'web',
): Promise<{ data?: unknown; errors?: { extensions: { code: string } }[] }> {
  const { body } = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'graphql-client-name': client },
    body: JSON.stringify(parameters),
  });
  return (await body.json()) as never;
}

test('a manifest is published, asked for by id at once, listed and retired', async () => {
  const manifest = folder.write('one.json', JSON.stringify({ hello: 'query Hello { hello }' }));
  const before = await ask({ documentId: 'hello' });
  assert.equal(before.errors?.[0]?.extensions.code, 'PERSISTED_QUERY_NOT_FOUND');

  const dry = await run('publish', manifest, '--client', 'web', '--version', '1.0.0', '--dry-run');
  assert.equal(dry.code, 0, dry.output);
  assert.match(dry.output, /dry run/);
  assert.equal((await ask({ documentId: 'hello' })).data, undefined);

  const published = await run('publish', manifest, '--client', 'web', '--version', '1.0.0');
  assert.equal(published.code, 0, published.output);
  assert.match(
    published.output,
    /web 1\.0\.0\n\+ Hello hello 0 points; runs for ANONYMOUS, FREE, PRO, BUSINESS, ENTERPRISE\n1 added, 0 unchanged/,
  );

  const list = await run('list', '--client', 'web', '--json');
  const { operations } = JSON.parse(list.output) as { operations: Record<string, unknown>[] };
  const { createdAtMs, operationId, ...shown } = operations[0] ?? {};
  assert.equal(typeof createdAtMs, 'number');
  assert.match(String(operationId), /^[0-9a-f]{64}$/);
  assert.deepEqual(shown, {
    client: 'web',
    id: 'hello',
    name: 'Hello',
    status: 'active',
    versions: ['1.0.0'],
    traffic: { days: 30, requests: 0, points: 0 },
    unusedSinceMs: createdAtMs,
  });
  assert.match((await run('list')).output, /Hello +unused since 20\d\d-/);

  assert.deepEqual(await ask({ documentId: 'hello' }), { data: { hello: 'world' } });
  // The same with other spaces is the same; another client's requests are no traffic of this one.
  assert.deepEqual((await ask({ query: 'query   Hello { hello, }' })).data, { hello: 'world' });
  await ask({ query: 'query Hello { hello }' }, 'ios');
  await until(async () => {
    const { operations: now } = JSON.parse((await run('list', '--days', '7', '--json')).output);
    return now[0].traffic.requests === 2 && now[0].lastUsedAtMs > Date.now() - 60_000;
  });
  const today = new Date().toISOString().slice(0, 10);
  assert.match(
    (await run('list')).output,
    new RegExp(
      String.raw`^client +operation +state +requests +points +each +last used +releases +id\nweb +Hello +active +2 +0 +0 +${today} +1\.0\.0 +hello\n\nrequests and points of the last 30 days`,
    ),
  );
  assert.equal((await run('list', '--days', '0')).code, 2);

  const retired = await run('retire', 'hello', '--client', 'web');
  assert.equal(retired.code, 0, retired.output);
  assert.match((await run('list')).output, new RegExp(`Hello +retired ${today} `));
  assert.equal(
    (await ask({ documentId: 'hello' })).errors?.[0]?.extensions.code,
    'PERSISTED_QUERY_NOT_FOUND',
  );
});

test('a document that does not fit refuses the whole manifest, with the field at fault', async () => {
  const manifest = folder.write('bad.json', JSON.stringify({ good: '{ hello }', bad: 'query Bad { helo }' }));
  const { code, output } = await run('publish', manifest, '--client', 'web');
  assert.equal(code, 1);
  assert.match(output, /× Bad bad\n {2}Cannot query field "helo" on type "Query"\. Did you mean "hello"\?/);
  assert.match(output, /1 of 2 documents cannot be published; nothing was changed/);
  assert.equal((await ask({ documentId: 'good' })).errors?.[0]?.extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
});

test('other content under the same version is a conflict; wrong use is told as such', async () => {
  const one = folder.write('a.json', JSON.stringify({ a: 'query A { hello }' }));
  const two = folder.write('b.json', JSON.stringify({ b: 'query B { hello }' }));
  await run('publish', one, '--client', 'mobile', '--version', '1');
  const conflict = await run('publish', two, '--client', 'mobile', '--version', '1');
  assert.equal(conflict.code, 1);
  assert.match(conflict.output, /DOCUMENT_CONFLICT Version 1 of client mobile/);
  assert.equal((await run('retire', '--client', 'mobile')).code, 2);
  assert.equal((await run('publish', one)).code, 2);
  const missing = await run('publish', join(folder.path, 'none.json'), '--client', 'web');
  assert.equal(missing.code, 1);
  assert.match(missing.output, /CONFIG_NOT_FOUND/);
});
