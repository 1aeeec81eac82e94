import assert from 'node:assert/strict';
import { test } from 'node:test';
import { claimKey } from '../../../subgraphs/portfolio/mutations/idempotency.ts';
import { Refusal } from '../../../subgraphs/portfolio/mutations/user-error.ts';
import { type Database, openDatabase } from '../../../subgraphs/portfolio/storage/open-database.ts';
import { startEngines, type TestEngine } from '../../kit/engines.ts';

const DAY_MS = 86_400_000;
const START_MS = Date.parse('2026-08-08T00:00:00Z');

const engines = await startEngines('portfolio');

async function openTables(engine: TestEngine): Promise<Database & AsyncDisposable> {
  const database = await openDatabase(await engine.open());
  await database
    .insertInto('users')
    .values(['usr_a', 'usr_b'].map((id) => ({ id, default_currency: 'USD', created_at: START_MS })))
    .execute();
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.destroy() });
}

const claim = {
  userId: 'usr_a',
  key: 'a key of sixteen',
  inputHash: 'hash',
  resultId: 'tx_1',
  nowMs: START_MS,
};

for (const engine of engines) {
  test(`${engine.name}: a key names the first entry for 24 hours, then it is free`, async () => {
    await using database = await openTables(engine);
    assert.equal(await claimKey(database, claim), undefined);
    const again = { ...claim, resultId: 'tx_2' };
    assert.equal(await claimKey(database, { ...again, nowMs: START_MS + DAY_MS - 1 }), 'tx_1');
    assert.equal(await claimKey(database, { ...again, nowMs: START_MS + DAY_MS }), undefined);
    assert.equal(await claimKey(database, { ...claim, nowMs: START_MS + DAY_MS + 1 }), 'tx_2');
  });

  test(`${engine.name}: other input under the same key is refused until the key is free`, async () => {
    await using database = await openTables(engine);
    await claimKey(database, claim);
    await assert.rejects(
      claimKey(database, { ...claim, inputHash: 'other' }),
      (error) => error instanceof Refusal && error.userErrors[0]?.code === 'IDEMPOTENCY_KEY_REUSED',
    );
    assert.equal(
      await claimKey(database, { ...claim, inputHash: 'other', nowMs: START_MS + DAY_MS }),
      undefined,
    );
  });

  test(`${engine.name}: a key belongs to one user`, async () => {
    await using database = await openTables(engine);
    await claimKey(database, claim);
    assert.equal(await claimKey(database, { ...claim, userId: 'usr_b', inputHash: 'other' }), undefined);
  });

  test(`${engine.name}: what is rolled back leaves its key free`, async () => {
    await using database = await openTables(engine);
    const failed = database.transaction().execute(async (transaction) => {
      await claimKey(transaction, claim);
      throw new Error('after the claim');
    });
    await assert.rejects(failed, /after the claim/);
    assert.equal(await claimKey(database, { ...claim, resultId: 'tx_2' }), undefined);
  });
}
