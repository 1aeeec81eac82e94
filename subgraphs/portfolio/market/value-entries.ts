import type { Database } from '../storage/open-database.ts';
import type { MarketPrices } from './market-prices.ts';

/** Entries that are read by the market price of their time and have none yet. */
function selectUnvalued(database: Database) {
  return database
    .selectFrom('ledger_entries')
    .innerJoin('portfolios', 'portfolios.id', 'ledger_entries.portfolio_id')
    .where('unit_price', 'is', null)
    .where('market_price', 'is', null)
    .where('type', 'in', ['TRANSFER_IN', 'TRANSFER_OUT', 'REWARD']);
}

/**
 * Gives seeded entries without a price the market price of their time. Entries that users add get theirs when
 * they are added; both keep it, so that no cost basis changes when the market's history is corrected.
 */
export async function valueEntries(database: Database, prices: MarketPrices): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    const entries = await selectUnvalued(transaction)
      .select(['ledger_entries.id', 'token_id', 'executed_at', 'base_currency'])
      .execute();
    for (const { id, token_id, executed_at, base_currency } of entries) {
      const price = prices.priceAt(token_id, executed_at, base_currency);
      if (price === undefined) continue;
      await transaction
        .updateTable('ledger_entries')
        .set({ market_price: price.toFixed() })
        .where('id', '=', id)
        .execute();
    }
  });
}

/** The entries that still have no price; their portfolios cannot be worked out. */
export async function entriesWithoutPrice(database: Database): Promise<string[]> {
  const rows = await selectUnvalued(database).select('ledger_entries.id').execute();
  return rows.map(({ id }) => id);
}
