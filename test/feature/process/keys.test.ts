import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { startPostgres, type TestPostgres } from '../../kit/postgres.ts';
import { until } from '../../kit/processes.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph, type TinySupergraph } from '../../kit/tiny-supergraph.ts';

/** Two gateways that stand for two machines: one database, secrets from the environment, state folders of their own. */
const SECRETS = {
  TRIBUTARY_ADMIN_TOKEN: Buffer.alloc(32, 'a').toString('base64url'),
  TRIBUTARY_KEY_PEPPER: Buffer.alloc(32, 'p').toString('base64url'),
  TRIBUTARY_SEALING_KEY: Buffer.alloc(32, 's').toString('base64url'),
};

let tiny: TinySupergraph;
let folder: TemporaryFolder;
let postgres: TestPostgres;
let env: Record<string, string>;
let here: Machine;
let there: Machine;

interface Machine {
  readonly command: RunningCommand;
  readonly url: string;
  readonly adminUrl: string;
}

before(async () => {
  tiny = await startTinySupergraph();
  folder = createTemporaryFolder();
  postgres = await startPostgres();
  env = { ...SECRETS, DATABASE_URL: await postgres.createDatabase() };
  const supergraph = folder.write('supergraph.graphql', tiny.sdl);
  const start = async (name: string, ...options: string[]): Promise<Machine> => {
    const command = runTributary(
      ['serve', '--supergraph', supergraph, '--port', '0', '--admin-port', '0']
        .concat('--state-dir', join(folder.path, name))
        .concat(options),
      { env },
    );
    const [, url = ''] = await command.waitFor(/^ready {2}(\S+)$/m);
    const [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
    return { command, url, adminUrl };
  };
  [here, there] = await Promise.all([start('here', '--workers', '2'), start('there')]);
});
after(async () => {
  await here.command[Symbol.asyncDispose]();
  await there.command[Symbol.asyncDispose]();
  await postgres[Symbol.asyncDispose]();
  await tiny[Symbol.asyncDispose]();
  folder[Symbol.dispose]();
});

async function keys(...args: string[]) {
  const command = runTributary(['keys', ...args, '--admin-url', here.adminUrl], { env });
  const code = await command.ended;
  return { code, output: command.output() };
}

async function keysJson(...args: string[]) {
  const { code, output } = await keys(...args, '--json');
  assert.equal(code, 0, output);
  return JSON.parse(output);
}

async function status({ url }: Machine, key: string): Promise<number> {
  const answer = await request(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key, connection: 'close' },
    body: '{"query":"{ hello }"}',
  });
  await answer.body.dump();
  return answer.statusCode;
}

test('a key lives on all workers and machines: made, rotated, revoked', async (context) => {
  const { id, key } = await keysJson(
    'create',
    '--name',
    'app',
    '--tier',
    'PRO',
    '--account',
    'acc_1',
    '--client',
    'ios',
  );
  assert.equal(await status(here, key), 200);
  await until(async () => (await status(there, key)) === 200);

  const rotated = await keysJson('rotate', id, '--overlap', '1h');
  assert.equal(await status(here, rotated.key), 200);
  await until(async () => (await status(there, rotated.key)) === 200);
  assert.deepEqual([await status(here, key), await status(there, key)], [200, 200]);
  await here.command.waitFor(/a key is used with the secret that its rotation has replaced/);
  await until(async () => {
    const [listed] = (await keysJson('list')).keys;
    return (
      listed.secrets.length === 2 &&
      listed.secrets.every(({ lastUsedAtMs }: { lastUsedAtMs?: number }) => lastUsedAtMs)
    );
  });

  const revokedAt = performance.now();
  await keysJson('revoke', id);
  // This machine's workers have dropped it when the command is answered.
  for (const secret of [key, rotated.key]) assert.equal(await status(here, secret), 401);
  await until(async () => (await status(there, key)) === 401);
  context.diagnostic(
    `the other machine refused ${Math.round(performance.now() - revokedAt)} ms after the command began`,
  );
  assert.equal(await status(there, rotated.key), 401);
  assert.ok(!here.command.output().includes(key) && !here.command.output().includes(rotated.key));
});

test('the list is a table, and holds no secret', async () => {
  const { key } = await keysJson(
    'create',
    '--name',
    'desk',
    '--tier',
    'BUSINESS',
    '--account',
    'acc_2',
    '--signing',
    '--scopes',
    'a:read,b:read',
    '--allow',
    '10.0.0.0/8',
    '--expires',
    '2099-01-31',
  );
  const { code, output } = await keys('list');
  assert.equal(code, 0);
  assert.match(output, /^id +name +kind +tier/);
  assert.match(
    output,
    /desk +signing +BUSINESS +acc_2 .*a:read,b:read +10\.0\.0\.0\/8 +2099-01-31T00:00:00Z .*active$/m,
  );
  assert.ok(!output.includes(key.split('_')[3]));
});

test('what is wrong is told with its code, and by the exit code', async () => {
  const failures: [string[], number, RegExp][] = [
    [['revoke', 'nobody'], 1, /^NOT_FOUND There is no key nobody\.\n$/],
    [['rotate', 'nobody'], 1, /^NOT_FOUND /],
    [
      ['create', '--name', 'x', '--tier', 'PRO', '--account', 'a', '--allow', '10.0.0.0/33'],
      1,
      /^BAD_USER_INPUT allowedRanges\.0: expected an IP address or a range/,
    ],
    [['create', '--name', 'x', '--tier', 'GOLD', '--account', 'a'], 2, /--tier/],
    [['create', '--name', 'x'], 2, /required/],
    [['rotate', 'x', '--overlap', 'soon'], 2, /expected a duration such as/],
    [
      ['list', '--admin-url', 'http://127.0.0.1:1'],
      1,
      /^START_FAILED Nothing answers at http:\/\/127\.0\.0\.1:1/,
    ],
  ];
  for (const [args, code, expected] of failures) {
    const command = runTributary(['keys', args[0] ?? '', '--admin-url', here.adminUrl, ...args.slice(1)], {
      env,
    });
    assert.equal(await command.ended, code, command.output());
    assert.match(command.output(), expected);
  }
  const stateDir = join(folder.path, 'nowhere');
  const tokenless = runTributary(['keys', 'list', '--state-dir', stateDir, '--admin-url', here.adminUrl], {
    env: { ...env, TRIBUTARY_ADMIN_TOKEN: '' },
  });
  assert.equal(await tokenless.ended, 1);
  assert.match(tokenless.output(), /^CONFIG_NOT_FOUND There is no admin token/);
});

test('the control API refuses who has no token, and bodies of another form', async () => {
  const call = async (method: 'GET' | 'POST', path: string, token: string, body?: string) => {
    const answer = await request(`${here.adminUrl}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body }),
    });
    const { errors = [] } = (await answer.body.json()) as {
      errors?: { extensions: { code: string }; message: string }[];
    };
    return [answer.statusCode, errors[0]?.extensions.code, errors[0]?.message] as const;
  };
  const token = SECRETS.TRIBUTARY_ADMIN_TOKEN;
  assert.deepEqual((await call('POST', '/keys', 'wrong', '{}')).slice(0, 2), [401, 'UNAUTHENTICATED']);
  assert.deepEqual((await call('GET', '/nothing', token, '')).slice(0, 2), [404, 'NOT_FOUND']);
  assert.deepEqual((await call('POST', '/keys', token, '{"name":')).slice(0, 2), [400, 'BAD_REQUEST']);
  const [code, name, message] = await call('POST', '/keys', token, '{"name":"","tier":"PRO","extra":1}');
  assert.deepEqual([code, name], [400, 'BAD_USER_INPUT']);
  assert.match(message ?? '', /name: .*accountId: .*extra/);
  assert.ok(
    !readFileSync(join(folder.path, 'here', 'snapshot.json'), 'utf8').includes(SECRETS.TRIBUTARY_KEY_PEPPER),
  );
});
