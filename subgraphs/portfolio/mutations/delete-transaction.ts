import { writePosition } from '../storage/position-rows.ts';
import { readTransactionsOfUser } from '../storage/read-transactions.ts';
import { type ChangeEnvironment, makeChange, type Refused } from './change.ts';
import { positionsOf, readEntriesOfToken, requireNoShortfall } from './sound-ledger.ts';
import { touchPortfolio } from './touch-portfolio.ts';
import { Refusal } from './user-error.ts';

/** The entry that is gone, and the portfolio that it was of. */
export interface DeletedTransaction {
  readonly transactionId: string;
  readonly portfolioId: string;
}

/**
 * Removes an entry from a ledger.
 *
 * @returns refusals: NOT_FOUND, also for what is gone already; INSUFFICIENT_QUANTITY when later entries need it
 */
export function deleteTransaction(
  id: string,
  environment: ChangeEnvironment,
): Promise<DeletedTransaction | Refused> {
  return makeChange(environment, [], async (transaction, { id: userId }) => {
    const [entry] = await readTransactionsOfUser(transaction, userId, [id]);
    if (entry === undefined) {
      throw new Refusal({ field: ['id'], code: 'NOT_FOUND', message: 'There is no such entry.' });
    }
    const { portfolioId, tokenId } = entry;
    const entries = await readEntriesOfToken(transaction, portfolioId, tokenId);
    const left = entries.filter((other) => other.id !== id);
    requireNoShortfall(left, ['id']);
    await transaction.deleteFrom('ledger_entries').where('id', '=', id).execute();
    const portfolio = await touchPortfolio(transaction, { userId, portfolioId, nowMs: environment.nowMs });
    if (portfolio !== undefined) {
      await writePosition(transaction, portfolio, tokenId, positionsOf(left, portfolio).get(tokenId));
    }
    return { transactionId: id, portfolioId };
  });
}
