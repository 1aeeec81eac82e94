import { type Selectable, sql } from 'kysely';
import type { Logger } from 'pino';
import { DAY_MS } from '../../shared/clock.ts';
import { findShortfall } from '../ledger/find-shortfall.ts';
import { transactionOf } from '../storage/ledger-rows.ts';
import type { Database } from '../storage/open-database.ts';
import type { LedgerEntryTable } from '../storage/tables.ts';

/**
 * Moves the demonstration rows to the clock's time, in one transaction: rows remember by how many days they were
 * moved already, and take the difference. Rows that users made stay where they are.
 *
 * A portfolio whose ledger would go below zero, because a user sold what now would be bought later, stays where it
 * is as a whole.
 *
 * @param offsetDays - how far the platform's time is ahead of the recording's
 */
export async function moveDemo(database: Database, offsetDays: number, log: Logger): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const moved = (column: string) =>
      sql<number>`${sql.ref(column)} + (${offsetDays} - demo_offset_days) * ${DAY_MS}`;
    await transaction
      .updateTable('users')
      .set({ created_at: moved('created_at'), demo_offset_days: offsetDays })
      .where('demo_offset_days', '<>', offsetDays)
      .execute();
    await transaction
      .updateTable('watchlist_tokens')
      .set({ added_at: moved('added_at'), demo_offset_days: offsetDays })
      .where('demo_offset_days', '<>', offsetDays)
      .execute();
    await transaction
      .updateTable('watchlists')
      .set({ updated_at: moved('updated_at'), demo_offset_days: offsetDays })
      .where('demo_offset_days', '<>', offsetDays)
      .execute();
    const portfolios = await transaction
      .selectFrom('portfolios')
      .select('id')
      .where('demo_offset_days', '<>', offsetDays)
      .execute();
    for (const { id } of portfolios) await movePortfolio(transaction, id, offsetDays, log);
  });
}

async function movePortfolio(
  transaction: Database,
  portfolioId: string,
  offsetDays: number,
  log: Logger,
): Promise<void> {
  const rows = await transaction
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', portfolioId)
    .execute();
  const movedRows = rows.map((row) => {
    if (row.demo_offset_days === null) return row;
    return { ...row, executed_at: row.executed_at + (offsetDays - row.demo_offset_days) * DAY_MS };
  });
  const shortfall = findShortfall(movedRows.map(transactionOf));
  if (shortfall !== undefined) {
    log.warn(
      { portfolioId, entry: shortfall.entry.id },
      'demo portfolio stays: its ledger would not hold when moved',
    );
    return;
  }
  const difference = sql<number>`(${offsetDays} - demo_offset_days) * ${DAY_MS}`;
  await transaction
    .updateTable('ledger_entries')
    .set({
      executed_at: sql<number>`executed_at + ${difference}`,
      created_at: sql<number>`created_at + ${difference}`,
      demo_offset_days: offsetDays,
    })
    .where('portfolio_id', '=', portfolioId)
    .where('demo_offset_days', 'is not', null)
    .execute();
  // What a user entered or removed dates the last change; without that it moves with the rest.
  const isChangedByUser = !(await isAsSeeded(transaction, portfolioId, rows));
  await transaction
    .updateTable('portfolios')
    .set({
      created_at: sql<number>`created_at + ${difference}`,
      ...(isChangedByUser ? {} : { updated_at: sql<number>`updated_at + ${difference}` }),
      demo_offset_days: offsetDays,
      // Times of positions have moved with the entries.
      positions_revision: null,
    })
    .where('id', '=', portfolioId)
    .execute();
}

/** Whether the ledger of a demonstration portfolio was last changed by its newest entry, as it was seeded. */
async function isAsSeeded(
  transaction: Database,
  portfolioId: string,
  rows: readonly Selectable<LedgerEntryTable>[],
): Promise<boolean> {
  if (rows.some(({ demo_offset_days }) => demo_offset_days === null)) return false;
  const { updated_at, created_at } = await transaction
    .selectFrom('portfolios')
    .select(['updated_at', 'created_at'])
    .where('id', '=', portfolioId)
    .executeTakeFirstOrThrow();
  return updated_at === Math.max(created_at, ...rows.map(({ executed_at }) => executed_at));
}
