import type { Insertable } from 'kysely';
import { insertInChunks } from '../storage/insert-in-chunks.ts';
import type { Database } from '../storage/open-database.ts';
import type { LedgerEntryTable, PortfolioTable, WatchlistTokenTable } from '../storage/tables.ts';
import type { DemoData } from './read-demo.ts';

/** Demonstration rows are written in the recording's time; `moveDemo` moves them from there. */
const UNMOVED = 0;

/**
 * Fills empty tables with the demonstration data, in one transaction. Tables with a user in them stay as they are.
 *
 * @returns whether the data were written
 */
export async function seedDemo(database: Database, demo: DemoData): Promise<boolean> {
  return database.transaction().execute(async (transaction) => {
    const user = await transaction.selectFrom('users').select('id').limit(1).executeTakeFirst();
    if (user !== undefined) return false;
    // Of several processes that start at once the others wait here for the first one, and find its users.
    const { numInsertedOrUpdatedRows } = await transaction
      .insertInto('users')
      .values(userRows(demo))
      .onConflict((conflict) => conflict.column('id').doNothing())
      .executeTakeFirstOrThrow();
    if (numInsertedOrUpdatedRows === 0n) return false;
    await transaction.insertInto('portfolios').values(portfolioRows(demo)).execute();
    await insertInChunks(transaction, 'ledger_entries', ledgerRows(demo));
    await insertInChunks(transaction, 'watchlists', watchlistRows(demo));
    await insertInChunks(transaction, 'watchlist_tokens', watchlistTokenRows(demo));
    return true;
  });
}

function userRows({ users }: DemoData) {
  return users.map(({ id, displayName, email, defaultCurrency, createdAt }) => ({
    id,
    display_name: displayName,
    email,
    default_currency: defaultCurrency,
    created_at: createdAt,
    demo_offset_days: UNMOVED,
  }));
}

function portfolioRows({ portfolios, ledger }: DemoData): Insertable<PortfolioTable>[] {
  return portfolios.map((portfolio, position) => {
    const entries = ledger.filter(({ portfolioId }) => portfolioId === portfolio.id);
    return {
      id: portfolio.id,
      user_id: portfolio.ownerId,
      name: portfolio.name,
      base_currency: portfolio.baseCurrency,
      cost_basis_method: portfolio.costBasisMethod,
      position,
      revision: entries.length,
      created_at: portfolio.createdAt,
      updated_at: Math.max(portfolio.createdAt, ...entries.map(({ executedAt }) => executedAt)),
      demo_offset_days: UNMOVED,
    };
  });
}

function ledgerRows({ ledger }: DemoData): Insertable<LedgerEntryTable>[] {
  const entered = new Map<string, number>();
  return ledger.map((entry) => {
    const sequence = (entered.get(entry.portfolioId) ?? 0) + 1;
    entered.set(entry.portfolioId, sequence);
    return {
      id: entry.id,
      portfolio_id: entry.portfolioId,
      sequence,
      type: entry.type,
      token_id: entry.tokenId,
      deployment_id: null,
      quantity: entry.quantity,
      unit_price: entry.unitPrice,
      market_price: null,
      fee: entry.fee,
      executed_at: entry.executedAt,
      created_at: entry.executedAt,
      source: entry.externalId === null ? 'MANUAL' : 'IMPORT',
      external_id: entry.externalId,
      note: entry.note,
      demo_offset_days: UNMOVED,
    };
  });
}

function watchlistRows({ watchlists }: DemoData) {
  return watchlists.map(({ id, ownerId, name, updatedAt }, position) => ({
    id,
    user_id: ownerId,
    name,
    position,
    updated_at: updatedAt,
    demo_offset_days: UNMOVED,
  }));
}

function watchlistTokenRows({ watchlists }: DemoData): Insertable<WatchlistTokenTable>[] {
  return watchlists.flatMap(({ id, tokenIds, updatedAt }) =>
    tokenIds.map((tokenId, position) => ({
      watchlist_id: id,
      position,
      token_id: tokenId,
      added_at: updatedAt,
      demo_offset_days: UNMOVED,
    })),
  );
}
