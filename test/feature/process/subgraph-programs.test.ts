import assert from 'node:assert/strict';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { until } from '../../kit/processes.ts';
import { querySubgraph } from '../../kit/query-subgraph.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { ADA } from '../../kit/test-portfolio.ts';
import { createTestTrust, type TestIssuer, type TestTrust } from '../../kit/trust.ts';

const PACKAGE = fileURLToPath(new URL('../../../package.json', import.meta.url));
const AWAY = 'postgresql://user:hidden@127.0.0.1:1/tables';

type SubgraphName = Exclude<TestIssuer, 'gateway'>;

interface Program {
  readonly process: ChildProcess;
  /** Resolves with the entry of the log that has this message. */
  logged(message: string | RegExp): Promise<{ readonly url: string; readonly msg: string }>;
}

/** Runs a subgraph as `npm run start:NAME` does: by its own file, with nothing but the environment. */
function startProgram(name: SubgraphName, environment: Readonly<Record<string, string>>): Program {
  const file = fileURLToPath(new URL(`../../../subgraphs/${name}/main.ts`, import.meta.url));
  const child = spawn(process.execPath, [file], {
    env: { PATH: process.env.PATH, PORT: '0', CLOCK: 'fixed', ...environment },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const lines = createInterface({ input: child.stdout });
  return {
    process: child,
    async logged(message) {
      const ended = once(lines, 'close').then(() => assert.fail(`${name} ended without saying ${message}`));
      const found = (async () => {
        for (;;) {
          const entry = JSON.parse(String((await once(lines, 'line'))[0]));
          if (entry.msg.match(message) !== null) return entry;
        }
      })();
      return Promise.race([found, ended]);
    },
  };
}

async function stopProgram({ process: child }: Program): Promise<unknown> {
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  return (await ended)[0];
}

async function readHealth(url: string): Promise<{ readonly status: number; readonly ready: boolean }> {
  const { statusCode, body } = await request(new URL('/health', url));
  return { status: statusCode, ...((await body.json()) as { ready: boolean }) };
}

/** A question to each that only its own data can answer. */
const questions: Readonly<Record<SubgraphName, string>> = {
  price: '{ token(id: "bitcoin") { symbol } }',
  portfolio: '{ me { portfolios { totalCount } } }',
  analytics: '{ marketIndices { id } }',
  news: '{ newsSources { id } }',
};

describe('each subgraph is a program of its own', () => {
  let trust: TestTrust;
  let priceUrl = '';
  const folder = createTemporaryFolder();
  const programs: Program[] = [];
  const start = async (name: SubgraphName, environment: Readonly<Record<string, string>> = {}) => {
    const program = startProgram(name, {
      TRUSTED_KEYS: trust.trustedKeysFile,
      SERVICE_KEY: trust.serviceKeyFile(name),
      STATE_DIR: folder.path,
      ...environment,
    });
    programs.push(program);
    const { url } = await program.logged('listening');
    return { program, url };
  };

  before(async () => {
    trust = await createTestTrust();
    priceUrl = (await start('price')).url;
  });
  after(async () => {
    for (const program of programs) await stopProgram(program);
    await trust[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  for (const name of ['price', 'portfolio', 'analytics', 'news'] as const) {
    test(`${name} starts with a file of trusted keys, says that it is ready, answers, and ends when told to`, async () => {
      const { program, url } = await start(name, { PRICE_URL: priceUrl, DEMO: '1' });
      await until(async () => (await readHealth(url)).status === 200);
      assert.equal((await readHealth(url)).ready, true);
      const query = questions[name];
      const { data, errors } = await querySubgraph({ url, name, trust, query, claims: ADA });
      assert.deepEqual(errors, []);
      assert.ok(Object.values(data)[0]);
      assert.equal(await stopProgram(program), 0);
    });
  }

  test('a program without its settings names the one that is missing, and fails', async () => {
    const program = startProgram('price', {});
    const ended = once(program.process, 'exit');
    const { msg } = await program.logged(/not usable/);
    assert.match(msg, /TRUSTED_KEYS/);
    assert.equal((await ended)[0], 1);
  });

  for (const [what, given, expected] of [
    ['a port that is taken', () => ({ PORT: new URL(priceUrl).port }), /^Port \d+ is taken: the portfolio/],
    ['a file of keys that is not there', { TRUSTED_KEYS: '/nowhere/keys.json' }, /^TRUSTED_KEYS: \/nowhere/],
    ['a file that holds no keys', { TRUSTED_KEYS: PACKAGE }, /^TRUSTED_KEYS: .*: expected a JWKS/],
    [
      'a key of its own that is none',
      { SERVICE_KEY: PACKAGE },
      /^SERVICE_KEY: .*: expected a private Ed25519/,
    ],
    ['tables that cannot be reached', { DATABASE_URL: AWAY }, /^DATABASE_URL: The tables of .*: .*REFUSED/],
  ] as const) {
    test(`${what}: one line says which setting it is`, async () => {
      const program = startProgram('portfolio', {
        TRUSTED_KEYS: trust.trustedKeysFile,
        SERVICE_KEY: trust.serviceKeyFile('portfolio'),
        STATE_DIR: folder.path,
        ...(typeof given === 'function' ? given() : given),
      });
      const ended = once(program.process, 'exit');
      const { msg } = await program.logged(expected);
      assert.doesNotMatch(msg, /\n|hidden/);
      assert.equal((await ended)[0], 1);
    });
  }
});
