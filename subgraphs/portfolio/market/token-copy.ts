import type { TokenRecord } from '../../shared/market-copy.ts';
import type { Database } from '../storage/open-database.ts';

/** Rows of one statement: three parameters each, within the 999 of the smallest builds of SQLite. */
const ROWS_PER_STATEMENT = 300;

/**
 * Takes over tickers and names from the registry. Tokens that left it stay: ledgers go on naming them.
 */
export async function saveTokens(database: Database, tokens: readonly TokenRecord[]): Promise<void> {
  await database.transaction().execute(async (transaction) => {
    for (let start = 0; start < tokens.length; start += ROWS_PER_STATEMENT) {
      const rows = tokens
        .slice(start, start + ROWS_PER_STATEMENT)
        .map(({ id, symbol, name }) => ({ id, symbol, name }));
      await transaction
        .insertInto('tokens')
        .values(rows)
        .onConflict((conflict) =>
          conflict.column('id').doUpdateSet(({ ref }) => ({
            symbol: ref('excluded.symbol'),
            name: ref('excluded.name'),
          })),
        )
        .execute();
    }
  });
}

/** The tokens of ledgers whose ticker is not known yet. */
export async function tokensWithoutSymbol(database: Database): Promise<string[]> {
  const rows = await database
    .selectFrom('ledger_entries')
    .leftJoin('tokens', 'tokens.id', 'ledger_entries.token_id')
    .select('ledger_entries.token_id')
    .distinct()
    .where('tokens.id', 'is', null)
    .orderBy('ledger_entries.token_id')
    .execute();
  return rows.map(({ token_id }) => token_id);
}
