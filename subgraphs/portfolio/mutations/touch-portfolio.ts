import type { Selectable } from 'kysely';
import type { Database } from '../storage/open-database.ts';
import type { PortfolioTable } from '../storage/tables.ts';

/**
 * Notes that the ledger of a user's portfolio changes.
 *
 * @returns the portfolio with its new revision, or undefined when the user has none with this id
 */
export function touchPortfolio(
  transaction: Database,
  { userId, portfolioId, nowMs }: { userId: string; portfolioId: string; nowMs: number },
): Promise<Selectable<PortfolioTable> | undefined> {
  return transaction
    .updateTable('portfolios')
    .set(({ eb }) => ({ revision: eb('revision', '+', 1), updated_at: nowMs }))
    .where('id', '=', portfolioId)
    .where('user_id', '=', userId)
    .returningAll()
    .executeTakeFirst();
}
