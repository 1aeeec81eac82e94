import { setImmediate as nextTurn } from 'node:timers/promises';
import { computeBook } from '../ledger/compute-book.ts';
import { transactionOf } from './ledger-rows.ts';
import { lockUser } from './lock-user.ts';
import type { Database } from './open-database.ts';
import { writePositions } from './position-rows.ts';

/**
 * Works out the positions that are behind their ledgers and writes them: those of tables that an earlier version
 * made, and of demonstration data that have moved. Changes of ledgers write theirs themselves.
 *
 * @param signal - ends the work after the portfolio at hand
 */
export async function refreshPositions(database: Database, signal: AbortSignal): Promise<void> {
  if (signal.aborted) return;
  const behind = await database
    .selectFrom('portfolios')
    .select(['id', 'user_id'])
    .where(({ or, eb, ref }) =>
      or([eb('positions_revision', 'is', null), eb('positions_revision', '<>', ref('revision'))]),
    )
    .orderBy('id')
    .execute();
  for (const { id, user_id: userId } of behind) {
    if (signal.aborted) return;
    await database.transaction().execute((transaction) => refreshPortfolio(transaction, userId, id));
    await nextTurn();
  }
}

async function refreshPortfolio(transaction: Database, userId: string, portfolioId: string): Promise<void> {
  await lockUser(transaction, userId);
  const portfolio = await transaction
    .selectFrom('portfolios')
    .selectAll()
    .where('id', '=', portfolioId)
    .executeTakeFirst();
  if (portfolio === undefined) return;
  await rewritePositions(transaction, portfolio);
}

/**
 * Works a whole ledger out and writes its positions.
 *
 * @param portfolio - as it is in the transaction
 */
export async function rewritePositions(
  transaction: Database,
  portfolio: Parameters<typeof writePositions>[1],
): Promise<void> {
  const rows = await transaction
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', portfolio.id)
    .execute();
  const { positions } = computeBook(rows.map(transactionOf), portfolio.cost_basis_method);
  await writePositions(transaction, portfolio, positions.values());
}
