import assert from 'node:assert/strict';
import { randomBytes } from 'node:crypto';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { request } from 'undici';
import { runTributary } from '../../kit/run-tributary.ts';
import { signedHeaders } from '../../kit/signed-headers.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';
import { startTinySupergraph } from '../../kit/tiny-supergraph.ts';
import { askWith } from '../../kit/watch-key.ts';

const BODY = '{"query":"{ hello }"}';

test('pepper, sealing key, admin token and the keys of snapshots and cursors are replaced as docs/security.md says, and no key ends unasked', async () => {
  await using tiny = await startTinySupergraph();
  using folder = createTemporaryFolder();
  const supergraph = folder.write('supergraph.graphql', tiny.sdl);
  const stateDir = join(folder.path, 'state');
  const secretFile = (name: string) => join(stateDir, name);
  const start = async () => {
    const command = runTributary(
      ['serve', '--supergraph', supergraph, '--port', '0', '--admin-port', '0', '--workers', '2'].concat([
        '--state-dir',
        stateDir,
      ]),
      { env: { REDIS_URL: '', DATABASE_URL: '' } },
    );
    const [, url = ''] = await command.waitFor(/^ready {2}(\S+)$/m);
    const [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
    const admin = async (method: 'GET' | 'POST', path: string, body?: object) => {
      const token = readFileSync(secretFile('admin-token'), 'utf8').trim();
      const answer = await request(`${adminUrl}/api${path}`, {
        method,
        headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: answers of several routes
      return { status: answer.statusCode, body: (await answer.body.json()) as any };
    };
    const sign = async (key: string) => {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...signedHeaders(key, { body: BODY }) },
        body: BODY,
      });
      await body.dump();
      return statusCode;
    };
    return { command, adminUrl, admin, sign, ask: (key: string) => askWith(url, key) };
  };
  const putBefore = (name: string) => {
    const old = readFileSync(secretFile(name), 'utf8');
    writeFileSync(secretFile(name), `${randomBytes(32).toString('base64url')}\n${old}`);
  };
  const takeLastAway = (name: string) => {
    const [first] = readFileSync(secretFile(name), 'utf8').split('\n');
    writeFileSync(secretFile(name), `${first}\n`);
  };
  const newKey = { tier: 'PRO', accountId: 'acc_1', scopes: [], allowedRanges: [] };
  const made = { live: { id: '', key: '' }, signing: { id: '', key: '' } };
  let oldToken = '';
  {
    const first = await start();
    await using _command = first.command;
    assert.match(first.command.output(), /each worker remembers the nonces of signed requests by itself/);
    for (const kind of ['live', 'signing'] as const)
      made[kind] = (await first.admin('POST', '/keys', { ...newKey, name: kind, kind })).body;
    assert.deepEqual([await first.ask(made.live.key), await first.sign(made.signing.key)], [200, 200]);
    oldToken = readFileSync(secretFile('admin-token'), 'utf8').trim();
  }
  putBefore('keys/key-pepper');
  putBefore('keys/sealing-key');
  writeFileSync(secretFile('admin-token'), `${randomBytes(32).toString('base64url')}\n`);
  const { live, signing } = made;
  const rotated = { live: '', signing: '' };
  {
    const second = await start();
    await using _command = second.command;
    assert.deepEqual([await second.ask(live.key), await second.sign(signing.key)], [200, 200]);
    const refused = await request(`${second.adminUrl}/api/keys`, {
      headers: { authorization: `Bearer ${oldToken}` },
    });
    await refused.body.dump();
    assert.equal(refused.statusCode, 401);
    const isMarked = async () =>
      (await second.admin('GET', '/keys')).body.keys.map(
        ({ secrets }: { secrets: { hasOldGuard?: boolean }[] }) => secrets[0]?.hasOldGuard === true,
      );
    assert.deepEqual(await isMarked(), [true, true]);
    for (const kind of ['live', 'signing'] as const)
      rotated[kind] = (
        await second.admin('POST', `/keys/${made[kind].id}/rotate`, { overlapMs: 0 })
      ).body.key;
    assert.deepEqual(await isMarked(), [false, false]);
  }
  takeLastAway('keys/key-pepper');
  takeLastAway('keys/sealing-key');
  rmSync(secretFile('keys/snapshot.private.jwk'));
  rmSync(secretFile('keys/cursor-key'));
  const third = await start();
  await using _command = third.command;
  assert.deepEqual([await third.ask(rotated.live), await third.sign(rotated.signing)], [200, 200]);
  assert.deepEqual([await third.ask(live.key), await third.sign(signing.key)], [401, 401]);
});
