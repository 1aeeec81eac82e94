import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { sql } from 'kysely';
import { pino } from 'pino';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { moveDemo } from '../../../subgraphs/portfolio/seed/move-demo.ts';
import { readDemo } from '../../../subgraphs/portfolio/seed/read-demo.ts';
import { seedDemo } from '../../../subgraphs/portfolio/seed/seed-demo.ts';
import { type Database, openDatabase } from '../../../subgraphs/portfolio/storage/open-database.ts';
import type { LedgerEntryTable, Tables } from '../../../subgraphs/portfolio/storage/tables.ts';
import { startEngines, type TestEngine } from '../../kit/engines.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const DAY_MS = 86_400_000;
const log = pino({ level: 'silent' });

const engines = await startEngines('portfolio');

/** Tables of their own with the demonstration data. */
async function openDemo(engine: TestEngine): Promise<Database & AsyncDisposable> {
  const database = await openDatabase(await engine.open());
  assert.ok(await seedDemo(database, await readDemo()));
  return Object.assign(database, { [Symbol.asyncDispose]: () => database.destroy() });
}

/** Node's rows have no prototype; a literal that they are compared with has one. */
const plain = <Row extends object>(rows: readonly Row[]): Row[] => rows.map((row) => ({ ...row }));

/** All rows of the tables that the demonstration data fill. */
async function readRows(database: Database) {
  const from = <Table extends 'users' | 'portfolios' | 'ledger_entries' | 'watchlists'>(table: Table) =>
    sql<Tables[Table]>`select * from ${sql.table(table)} order by id`.execute(database);
  const listed = await database
    .selectFrom('watchlist_tokens')
    .selectAll()
    .orderBy('watchlist_id')
    .orderBy('position')
    .execute();
  return {
    users: plain((await from('users')).rows),
    portfolios: plain((await from('portfolios')).rows),
    ledger_entries: plain((await from('ledger_entries')).rows),
    watchlists: plain((await from('watchlists')).rows),
    watchlist_tokens: plain(listed),
  };
}

async function firstPortfolio(database: Database) {
  return database.selectFrom('portfolios').selectAll().orderBy('id').limit(1).executeTakeFirstOrThrow();
}

/** An entry as a user makes it. */
function userEntry(changes: Partial<LedgerEntryTable>): LedgerEntryTable {
  return {
    id: 'tx_user',
    portfolio_id: '',
    sequence: 100_000,
    type: 'BUY',
    token_id: 'bitcoin',
    deployment_id: null,
    quantity: '1',
    unit_price: '1',
    market_price: null,
    fee: null,
    executed_at: Date.parse('2026-08-07T00:00:00Z'),
    created_at: Date.parse('2026-08-07T00:00:00Z'),
    source: 'API',
    external_id: null,
    note: null,
    demo_offset_days: null,
    ...changes,
  };
}

test('brings tables up to date once, and keeps what they hold', async () => {
  using folder = createTemporaryFolder();
  const open = () =>
    openDatabase({ dialect: createNodeSqliteDialect(join(folder.path, 'portfolio.sqlite')) });
  const first = await open();
  await seedDemo(first, await readDemo());
  const rows = await readRows(first);
  await first.destroy();
  const second = await open();
  assert.deepEqual(await readRows(second), rows);
  const { rows: settings } = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(second);
  assert.deepEqual(
    settings.map((row) => row.journal_mode),
    ['wal'],
  );
  await second.destroy();
});

for (const engine of engines) {
  test(`${engine.name}: refuses rows that point to nothing`, async () => {
    await using database = await openDemo(engine);
    await assert.rejects(
      database
        .insertInto('ledger_entries')
        .values(userEntry({ portfolio_id: 'pf_unknown' }))
        .execute(),
      /foreign key/i,
    );
  });

  test(`${engine.name}: fills empty tables once`, async () => {
    await using database = await openDemo(engine);
    const rows = await readRows(database);
    assert.equal(await seedDemo(database, await readDemo()), false);
    assert.deepEqual(await readRows(database), rows);
    assert.ok(rows.ledger_entries.length >= 300 && rows.users.length === 2);
  });

  test(`${engine.name}: leaves nothing behind when seeding fails half way`, async () => {
    const database = await openDatabase(await engine.open());
    const demo = await readDemo();
    const broken = { ...demo, ledger: [...demo.ledger, ...demo.ledger.slice(0, 1)] };
    await assert.rejects(seedDemo(database, broken), /unique/i);
    assert.deepEqual(Object.values(await readRows(database)), [[], [], [], [], []]);
    await database.destroy();
  });

  test(`${engine.name}: moves demonstration rows by the days that the clock has moved, there and back`, async () => {
    await using database = await openDemo(engine);
    const recorded = await readRows(database);
    await moveDemo(database, 106, log);
    await moveDemo(database, 110, log);
    const moved = await readRows(database);
    for (const [index, row] of recorded.ledger_entries.entries()) {
      const { executed_at, created_at, demo_offset_days, ...rest } = row;
      assert.deepEqual(moved.ledger_entries[index], {
        ...rest,
        executed_at: executed_at + 110 * DAY_MS,
        created_at: created_at + 110 * DAY_MS,
        demo_offset_days: 110,
      });
      assert.equal(demo_offset_days, 0);
    }
    assert.equal(moved.portfolios[0]?.updated_at, (recorded.portfolios[0]?.updated_at ?? 0) + 110 * DAY_MS);
    assert.equal(moved.users[0]?.created_at, (recorded.users[0]?.created_at ?? 0) + 110 * DAY_MS);
    assert.equal(moved.watchlists[0]?.updated_at, (recorded.watchlists[0]?.updated_at ?? 0) + 110 * DAY_MS);
    assert.equal(
      moved.watchlist_tokens[0]?.added_at,
      (recorded.watchlist_tokens[0]?.added_at ?? 0) + 110 * DAY_MS,
    );
    await moveDemo(database, 0, log);
    assert.deepEqual(await readRows(database), recorded);
  });

  test(`${engine.name}: leaves what users added where it is`, async () => {
    await using database = await openDemo(engine);
    const portfolio = await firstPortfolio(database);
    const own = userEntry({ portfolio_id: portfolio.id });
    await database.insertInto('ledger_entries').values(own).execute();
    await moveDemo(database, 30, log);
    const { ledger_entries } = await readRows(database);
    assert.deepEqual(
      ledger_entries.find(({ id }) => id === own.id),
      own,
    );
    const after = await firstPortfolio(database);
    assert.equal(after.updated_at, portfolio.updated_at, "the last change is the user's");
    assert.equal(after.created_at, portfolio.created_at + 30 * DAY_MS);
  });

  test(`${engine.name}: a portfolio stays as a whole where moving it would take its ledger below zero`, async () => {
    await using database = await openDemo(engine);
    const portfolio = await firstPortfolio(database);
    const lastBuy = await database
      .selectFrom('ledger_entries')
      .selectAll()
      .where('portfolio_id', '=', portfolio.id)
      .orderBy('executed_at', 'desc')
      .limit(1)
      .executeTakeFirstOrThrow();
    // Bought by the demonstration a moment before the user sells it: a day later it would not be there yet.
    const bought = {
      ...lastBuy,
      id: 'tx_demo',
      sequence: 99_999,
      external_id: null,
      type: 'BUY' as const,
      token_id: 'rare',
      quantity: '2',
    };
    const sold = userEntry({
      portfolio_id: portfolio.id,
      type: 'SELL',
      token_id: 'rare',
      quantity: '2',
      executed_at: lastBuy.executed_at + 1000,
    });
    await database.insertInto('ledger_entries').values([bought, sold]).execute();
    const before = await readRows(database);
    await moveDemo(database, 1, log);
    const after = await readRows(database);
    const ofPortfolio = (rows: typeof before) =>
      rows.ledger_entries.filter(({ portfolio_id }) => portfolio_id === portfolio.id);
    assert.deepEqual(ofPortfolio(after), ofPortfolio(before));
    assert.deepEqual(await firstPortfolio(database), portfolio);
    const others = after.portfolios.filter(({ id }) => id !== portfolio.id);
    assert.ok(others.length > 0 && others.every(({ demo_offset_days }) => demo_offset_days === 1));
  });
}
