import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { after, before, test } from 'node:test';
import { request } from 'undici';
import { startPostgres, type TestPostgres } from '../../kit/postgres.ts';
import { until } from '../../kit/processes.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';
import { type RunningCommand, runTributary } from '../../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph, type TinySupergraph } from '../../kit/tiny-supergraph.ts';
import { askWith, watchKey } from '../../kit/watch-key.ts';

/**
 * Two gateways that stand for two machines: one database and one Redis, secrets from the environment, state folders of
 * their own.
 */
const SECRETS = {
  TRIBUTARY_ADMIN_TOKEN: Buffer.alloc(32, 'a').toString('base64url'),
  TRIBUTARY_KEY_PEPPER: Buffer.alloc(32, 'p').toString('base64url'),
  TRIBUTARY_SEALING_KEY: Buffer.alloc(32, 's').toString('base64url'),
};

let tiny: TinySupergraph;
let folder: TemporaryFolder;
let postgres: TestPostgres;
let redis: TestRedis;
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
  [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  env = { ...SECRETS, DATABASE_URL: await postgres.createDatabase(), REDIS_URL: redis.url };
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
  await redis[Symbol.asyncDispose]();
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

const status = ({ url }: Machine, key: string): Promise<number> => askWith(url, key);

test('a key lives on all workers and machines: made, rotated, revoked', async () => {
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

  await keysJson('revoke', id);
  // This machine's workers have dropped it when the command is answered.
  for (const secret of [key, rotated.key]) assert.equal(await status(here, secret), 401);
  await until(async () => (await status(there, key)) === 401);
  assert.equal(await status(there, rotated.key), 401);
  assert.ok(!here.command.output().includes(key) && !here.command.output().includes(rotated.key));
});

const REVOKED_WITHIN_MS = 1_000;

for (const [how, lose] of [
  ['a notice tells the other machine', async () => {}],
  ['the notice is lost', () => redis.command('ACL', 'SETUSER', 'default', '-publish')],
] as const) {
  test(`the last success of a revoked key is at most 1 s later, everywhere, when ${how}`, async (context) => {
    const { id, key } = await keysJson('create', '--name', 'app', '--tier', 'PRO', '--account', 'acc_1');
    const machines = [here, there];
    const watches = machines.map(({ url }) => watchKey(url, key));
    await Promise.all(watches.map(({ letIn }) => letIn));
    await lose();
    const { statusCode, body } = await request(`${here.adminUrl}/api/keys/${id}`, {
      method: 'DELETE',
      headers: { authorization: `Bearer ${SECRETS.TRIBUTARY_ADMIN_TOKEN}` },
    });
    const revokedMs = performance.now();
    assert.equal(statusCode, 200, await body.text());
    for (const [index, watch] of watches.entries()) {
      const { lastSuccessMs, successes, refusals, slowestMs } = await watch.refused;
      const laterMs = Math.round(lastSuccessMs - revokedMs);
      context.diagnostic(
        `machine ${index}: last of ${successes} successes ${laterMs} ms after, then ${refusals} refusals`,
      );
      assert.ok(successes > 0 && refusals > 0);
      // A machine that takes so long for a look at `hello` takes as much longer for the look at the tables.
      assert.ok(laterMs <= REVOKED_WITHIN_MS + slowestMs, `${laterMs} ms, slowest answer ${slowestMs} ms`);
    }
    await redis.command('ACL', 'SETUSER', 'default', '+publish');
  });
}

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
    /desk +signing +BUSINESS +acc_2 .*a:read,b:read +10\.0\.0\.0\/8 +2099-01-31T00:00Z .*active$/m,
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
