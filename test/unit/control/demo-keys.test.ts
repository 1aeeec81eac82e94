import assert from 'node:assert/strict';
import { readFileSync, rmSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { parseApiKey } from '../../../src/auth/api-key.ts';
import { openDemoKeys, readDemoUsers, writeDemoFile } from '../../../src/control/demo.ts';
import { createKeyStore } from '../../../src/control/key-store.ts';
import { chooseControlEngine, openDatabase } from '../../../src/storage/database.ts';
import { withRevision } from '../../../src/storage/revision.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const GUARDS = { keyPeppers: ['pepper'], sealingKeys: ['sealing-key'] };

test('a key comes back as a record without its secret, and not after it was revoked', async () => {
  await using database = await openDatabase(chooseControlEngine({ file: ':memory:' }));
  const store = createKeyStore({
    database,
    change: withRevision(database),
    guards: GUARDS,
    now: () => 1_000,
  });
  const key = { name: 'n', tier: 'PRO', scopes: ['portfolio:read'], accountId: 'acc_1' } as const;
  const plain = await store.create(key);
  const bound = await store.create({
    ...key,
    userId: 'usr_1',
    allowedRanges: ['10.0.0.0/8'],
    expiresAtMs: 2_000,
  });
  const records = await store.active();
  assert.deepEqual(
    records.map(({ id }) => id),
    [plain.id, bound.id].sort(),
  );
  const record = records.find(({ id }) => id === bound.id);
  assert.equal(record?.userId, 'usr_1');
  assert.deepEqual(record?.allowedRanges, ['10.0.0.0/8']);
  assert.equal(record?.expiresAtMs, 2_000);
  assert.equal('userId' in (records.find(({ id }) => id === plain.id) ?? {}), false);
  for (const { text } of [plain, bound]) {
    assert.equal(JSON.stringify(records).includes(parseApiKey(text)?.secret ?? ''), false);
  }
  await store.revoke(plain.id);
  assert.deepEqual(
    (await store.active()).map(({ id }) => id),
    [bound.id],
  );
});

test('demo keys stay the same while demo.json is there, and are replaced when it is lost', async () => {
  using folder = createTemporaryFolder();
  await using database = await openDatabase(chooseControlEngine({ file: ':memory:' }));
  const store = createKeyStore({ database, change: withRevision(database), guards: GUARDS });
  const file = `${folder.path}/demo.json`;
  const first = await openDemoKeys(file, store, GUARDS, 'usr_1');
  writeDemoFile(file, { graphql: 'http://g/', admin: 'http://a/', users: [], keys: first });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(await openDemoKeys(file, store, GUARDS, 'usr_1'), first);

  const records = await store.active();
  assert.deepEqual(records.map(({ tier }) => tier).sort(), ['BUSINESS', 'ENTERPRISE', 'FREE', 'PRO']);
  for (const { userId, scopes } of records) {
    assert.equal(userId, 'usr_1');
    assert.ok(scopes.includes('portfolio:read'));
  }
  const mayWrite = records.filter(({ scopes }) => scopes.includes('platform:write')).map(({ tier }) => tier);
  assert.deepEqual(mayWrite, ['ENTERPRISE']);

  rmSync(file);
  const second = await openDemoKeys(file, store, GUARDS, 'usr_1');
  const active = new Set((await store.active()).map(({ id }) => id));
  assert.equal(active.size, 4);
  for (const text of Object.values(first)) assert.equal(active.has(parseApiKey(text)?.id ?? ''), false);
  for (const text of Object.values(second)) assert.ok(active.has(parseApiKey(text)?.id ?? ''));
});

test('the demo has two users, the first with a watchlist of 100 tokens', () => {
  const folder = new URL('../../../subgraphs/portfolio/demo/', import.meta.url);
  const users = readDemoUsers(folder);
  assert.equal(users.length, 2);
  const watchlists: { id: string; tokenIds: string[] }[] = JSON.parse(
    readFileSync(new URL('watchlists.json', folder), 'utf8'),
  );
  assert.equal(watchlists.find(({ id }) => id === users[0]?.watchlistId)?.tokenIds.length, 100);
  for (const { id, portfolioId, watchlistId } of users) {
    assert.match(`${id} ${portfolioId} ${watchlistId}`, /^usr_\w{26} pf_\w{26} wl_\w{26}$/);
  }
});
