import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { startTestPlatform, type TestPlatform } from '../kit/platform.ts';
import { runTributary } from '../kit/run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../kit/temporary-folder.ts';

const EXAMPLE = fileURLToPath(new URL('../../examples/social/', import.meta.url));
const SDL = join(EXAMPLE, 'social.graphql');
const ASK = { query: '{ token(id: "bitcoin") { symbol socialVolume price { amount } } }' };

/** The tour of the README and of docs/registry.md, as somebody of another team takes it. */
describe('a fifth subgraph joins the platform while it runs', () => {
  let platform: TestPlatform;
  let folder: TemporaryFolder;
  let social: { readonly url: string; [Symbol.asyncDispose](): Promise<void> };
  before(async () => {
    folder = createTemporaryFolder();
    platform = await startTestPlatform();
    social = await startSocial(join(platform.stateDir, 'keys/trusted-keys.json'));
  });
  after(async () => {
    await social[Symbol.asyncDispose]();
    await platform[Symbol.asyncDispose]();
    folder[Symbol.dispose]();
  });

  /** Runs a command, with a token of its own or that of the state folder. */
  const run = async (token: string | undefined, ...args: readonly string[]) => {
    const command = runTributary(
      [...args, '--admin-url', platform.demo.admin, '--state-dir', platform.stateDir],
      token === undefined ? {} : { env: { TRIBUTARY_ADMIN_TOKEN: token } },
    );
    const code = await command.ended;
    return { code, output: command.output() };
  };

  test('token, check, publish: its field answers at once; takeovers are refused; rollback takes it back', async () => {
    const made = await run(
      undefined,
      'tokens',
      'create',
      '--subgraph',
      'social',
      '--owner',
      'team-social',
      '--json',
    );
    const { token } = JSON.parse(made.output) as { token: string };

    const before = await platform.query(ASK.query);
    assert.equal(before.body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
    const check = await run(token, 'check', 'social', '--schema', SDL);
    assert.deepEqual(
      [check.code, /ok {2}social: 0 break, 0 warn, 2 pass/.test(check.output)],
      [0, true],
      check.output,
    );
    const publish = [
      'publish',
      'social',
      '--schema',
      SDL,
      '--routing-url',
      social.url,
      '--client-token',
      'build 7',
    ];
    assert.match((await run(token, ...publish)).output, /published {2}social is served as version 2/);
    // The command has ended, so that every worker serves it.
    const { body } = await platform.query(ASK.query);
    assert.equal(body.errors, undefined);
    assert.equal(body.data.token.symbol, 'BTC');
    assert.ok(body.data.token.socialVolume > 0);
    assert.match((await run(token, ...publish)).output, /version 2 \(by the same request as before\)/);
    assert.match(
      (await run(token, 'versions')).output,
      /publish by team-social \(token [0-9a-f]{16}\) {2}served/,
    );

    const taken = folder.write(
      'taken.graphql',
      `extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@override"])
      scalar URL @specifiedBy(url: "https://url.spec.whatwg.org/")
      type Token @key(fields: "id") { id: ID! imageUrl: URL @override(from: "price") }`,
    );
    const refused = await run(token, 'publish', 'social', '--schema', taken);
    assert.deepEqual(
      [refused.code, /FORBIDDEN "Token\.imageUrl" is a field of price/.test(refused.output)],
      [1, true],
    );
    const foretold = await run(token, 'check', 'social', '--schema', taken);
    assert.deepEqual([foretold.code, /TAKEOVER/.test(foretold.output)], [1, true], foretold.output);
    assert.equal((await run(token, 'check', 'price', '--schema', SDL)).code, 1);
    assert.equal((await run(token, 'check', 'social')).code, 2);

    assert.match((await run(token, 'rollback')).output, /FORBIDDEN/);
    assert.match((await run(undefined, 'rollback')).output, /served as version 3/);
    const gone = await platform.query(ASK.query);
    assert.equal(gone.body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  });
});

async function startSocial(trustedKeys: string) {
  const child = spawn(process.execPath, [join(EXAMPLE, 'main.ts')], {
    env: { ...process.env, TRUSTED_KEYS: trustedKeys, PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const [line] = (await once(createInterface({ input: child.stdout }), 'line')) as [string];
  return {
    url: (JSON.parse(line) as { url: string }).url,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'close');
      child.kill('SIGTERM');
      await ended;
    },
  };
}
