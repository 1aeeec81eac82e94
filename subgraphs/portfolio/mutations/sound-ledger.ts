import type { Selectable } from 'kysely';
import { MAX_INTEGER_DIGITS } from '../../shared/decimal.ts';
import { type Book, computeBook, type Positions } from '../ledger/compute-book.ts';
import { LedgerDecimal } from '../ledger/entry.ts';
import { findShortfall } from '../ledger/find-shortfall.ts';
import { type Transaction, transactionOf } from '../storage/ledger-rows.ts';
import type { Database } from '../storage/open-database.ts';
import type { PortfolioTable } from '../storage/tables.ts';
import { Refusal } from './user-error.ts';

type Amount = Book['sales'][number]['proceeds'];

/** The first amount that the `Decimal` scalar cannot write. */
const AMOUNT_LIMIT = new LedgerDecimal(10).pow(MAX_INTEGER_DIGITS);

/** Whether an amount of money or a quantity has more digits before the point than `Decimal` can write. */
export function isTooLarge(amount: Amount): boolean {
  return amount.abs().gte(AMOUNT_LIMIT);
}

/** Reads the entries of one token: only they bear on each other, since a ledger holds no cash. */
export async function readEntriesOfToken(
  transaction: Database,
  portfolioId: string,
  tokenId: string,
): Promise<Transaction[]> {
  const rows = await transaction
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', '=', portfolioId)
    .where('token_id', '=', tokenId)
    .execute();
  return rows.map(transactionOf);
}

/**
 * Requires that entries never give away more than is held.
 *
 * @param field - what the refusal blames, as a path
 * @throws Refusal INSUFFICIENT_QUANTITY naming the first entry that would
 */
export function requireNoShortfall(entries: readonly Transaction[], field: readonly string[]): void {
  const shortfall = findShortfall(entries);
  if (shortfall === undefined) return;
  const { quantity, executedAtMs } = shortfall.entry;
  throw new Refusal({
    field,
    code: 'INSUFFICIENT_QUANTITY',
    message: `On ${new Date(executedAtMs).toISOString()} the ledger would hold ${shortfall.held.toFixed()} and give away ${quantity.toFixed()}.`,
  });
}

/**
 * What entries come to.
 *
 * @param entries - of all tokens or of some, that never give away more than is held
 */
export function positionsOf(
  entries: readonly Transaction[],
  { cost_basis_method }: Pick<Selectable<PortfolioTable>, 'cost_basis_method'>,
): Positions {
  return computeBook(entries, cost_basis_method).positions;
}

/** The first token whose holding is beyond what the `Decimal` scalar can write, in quantity or cost. */
export function findOversizedPosition(positions: Positions): string | undefined {
  for (const { tokenId, quantity, costBasis } of positions.values()) {
    if (isTooLarge(quantity) || isTooLarge(costBasis)) return tokenId;
  }
  return undefined;
}
