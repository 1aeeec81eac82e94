import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseApiKey } from '../../../src/auth/api-key.ts';
import { findSecret } from '../../../src/auth/find-secret.ts';
import { makeVerifier } from '../../../src/auth/key-verifier.ts';
import { openSecret } from '../../../src/auth/sealed-secret.ts';
import { createKeyStore } from '../../../src/control/key-store.ts';
import { openTables } from '../../../src/lib/sql/open-tables.ts';
import type { KeyRecord } from '../../../src/snapshot.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { apiKeyMigration } from '../../../src/storage/migrations/0001-api-key.ts';
import { withRevision } from '../../../src/storage/revision.ts';
import { startEngines, type TestEngine } from '../../kit/engines.ts';

const GUARDS = { keyPeppers: ['pepper'], sealingKeys: ['sealing'] };
const NEW_KEY = { name: 'n', tier: 'PRO', scopes: ['a:read'], accountId: 'acc' } as const;
const HOUR_MS = 3_600_000;

const engines = await startEngines('control');

async function openStore(engine: TestEngine, guards = GUARDS) {
  const database = await openDatabase(await engine.open());
  let nowMs = 1_000;
  const change = withRevision(database);
  return {
    database,
    keys: createKeyStore({ database, change, guards, now: () => nowMs }),
    withGuards: (other: typeof GUARDS) =>
      createKeyStore({ database, change, guards: other, now: () => nowMs }),
    wait(ms: number) {
      nowMs += ms;
    },
    [Symbol.asyncDispose]: () => database.destroy(),
  };
}

/** Which secret of the only key a text is: 0 the newest; undefined when none. */
function secretOf(records: readonly KeyRecord[], text: string): number | undefined {
  const [record] = records;
  assert.ok(record !== undefined);
  const secret = findSecret(record, parseApiKey(text)?.secret ?? '', GUARDS.keyPeppers);
  return secret === undefined ? undefined : record.secrets.indexOf(secret);
}

for (const engine of engines) {
  test(`${engine.name}: a key keeps all that it was made with, and no secret`, async () => {
    await using store = await openStore(engine);
    const { id, text } = await store.keys.create({
      ...NEW_KEY,
      userId: 'usr',
      allowedRanges: ['10.0.0.0/8'],
      expiresAtMs: 5_000,
      client: 'ios',
    });
    const [record, ...others] = await store.keys.active();
    assert.deepEqual(others, []);
    assert.deepEqual(
      { ...record, secrets: record?.secrets.length },
      {
        ...{
          id,
          kind: 'live',
          tier: 'PRO',
          scopes: ['a:read'],
          accountId: 'acc',
          userId: 'usr',
          client: 'ios',
        },
        ...{ allowedRanges: ['10.0.0.0/8'], expiresAtMs: 5_000, secrets: 1 },
      },
    );
    const everything = JSON.stringify([record, await store.keys.list()]);
    assert.ok(!everything.includes(parseApiKey(text)?.secret ?? 'none'));
  });

  test(`${engine.name}: a rotation leaves two secrets, the next one ends the oldest`, async () => {
    await using store = await openStore(engine);
    const first = await store.keys.create(NEW_KEY);
    store.wait(10);
    const second = await store.keys.rotate(first.id, HOUR_MS);
    assert.deepEqual([second?.id, second?.oldEndsAtMs], [first.id, 1_010 + HOUR_MS]);
    let records = await store.keys.active();
    assert.deepEqual([secretOf(records, second?.text ?? ''), secretOf(records, first.text)], [0, 1]);
    assert.deepEqual(
      records[0]?.secrets.map(({ endsAtMs }) => endsAtMs),
      [undefined, 1_010 + HOUR_MS],
    );

    const third = await store.keys.rotate(first.id, 0);
    records = await store.keys.active();
    assert.deepEqual(
      [third, second, first].map((key) => secretOf(records, key?.text ?? '')),
      [0, 1, undefined],
    );
  });

  test(`${engine.name}: a revoked key cannot be rotated, and is listed`, async () => {
    await using store = await openStore(engine);
    const { id } = await store.keys.create(NEW_KEY);
    assert.equal(await store.keys.revoke(id), true);
    store.wait(1);
    assert.equal(await store.keys.revoke(id), true);
    assert.equal(await store.keys.rotate(id, 0), undefined);
    assert.equal(await store.keys.rotate('nobody', 0), undefined);
    assert.deepEqual(await store.keys.active(), []);
    assert.equal((await store.keys.list())[0]?.revokedAtMs, 1_000);
  });

  test(`${engine.name}: the last use of each secret is told, and never goes back`, async () => {
    await using store = await openStore(engine);
    const { id } = await store.keys.create(NEW_KEY);
    await store.keys.rotate(id, HOUR_MS);
    const [, old] = (await store.keys.active())[0]?.secrets ?? [];
    const use = (lastUsedAtMs: number) => ({ keyId: id, verifier: old?.verifier ?? '', lastUsedAtMs });
    await store.keys.recordUses([use(7_000)]);
    await store.keys.recordUses([use(6_000)]);
    const [listed] = await store.keys.list();
    assert.deepEqual(
      listed?.secrets.map(({ lastUsedAtMs }) => lastUsedAtMs),
      [undefined, 7_000],
    );
  });

  test(`${engine.name}: keys from before secrets had a table still count`, async () => {
    const open = await engine.openShared();
    const before = await openTables<{ api_key: Record<string, unknown> }>({
      ...open(),
      migrations: { '0001-api-key': apiKeyMigration },
    });
    const { verifier } = makeVerifier({ kind: 'live', id: 'k', secret: 's' }, GUARDS);
    const facts = { id: 'k', name: 'n', tier: 'FREE', account_id: 'a', created_at: 1 };
    const empty = { user_id: null, expires_at: null, revoked_at: null };
    await before
      .insertInto('api_key')
      .values({
        ...facts,
        ...empty,
        scopes: '[]',
        allowed_ranges: '[]',
        secret_hashes: JSON.stringify([verifier]),
      })
      .execute();
    await before.destroy();
    const database = await openDatabase(open());
    const keys = createKeyStore({ database, change: withRevision(database), guards: GUARDS });
    const [record] = await keys.active();
    assert.deepEqual(record?.secrets, [{ verifier }]);
    await database.destroy();
  });
}

const [sqlite = assert.fail('no engine')] = engines;

test('the secret of a signing key comes back for whoever has the sealing key, for this key alone', async () => {
  await using store = await openStore(sqlite);
  const { id, text } = await store.keys.create({ ...NEW_KEY, kind: 'signing' });
  assert.match(text, /^trb_sign_/);
  const [record] = await store.keys.active();
  const sealed = record?.secrets[0]?.verifier ?? '';
  assert.equal(openSecret(sealed, id, ['other', ...GUARDS.sealingKeys]), parseApiKey(text)?.secret);
  assert.equal(openSecret(sealed, 'another key', GUARDS.sealingKeys), undefined);
  assert.equal(openSecret(sealed, id, ['other']), undefined);
  const last = sealed.at(-2) === 'A' ? 'B' : 'A';
  assert.equal(openSecret(sealed.slice(0, -2) + last + sealed.at(-1), id, GUARDS.sealingKeys), undefined);
  assert.equal(openSecret('', id, GUARDS.sealingKeys), undefined);
});

test('keys that hang on a replaced pepper or sealing key are named until they are rotated', async () => {
  await using store = await openStore(sqlite);
  const { id } = await store.keys.create(NEW_KEY);
  const signing = await store.keys.create({ ...NEW_KEY, kind: 'signing' });
  const later = store.withGuards({ keyPeppers: ['new', 'pepper'], sealingKeys: ['new', 'sealing'] });
  const isOld = async () =>
    (await later.list()).map((key) => [key.kind, key.secrets[0]?.hasOldGuard ?? false]).sort();
  assert.deepEqual(await isOld(), [
    ['live', true],
    ['signing', true],
  ]);
  await later.rotate(id, 0);
  await later.rotate(signing.id, 0);
  assert.deepEqual(await isOld(), [
    ['live', false],
    ['signing', false],
  ]);
});
