import { insertInChunks } from '../../subgraphs/portfolio/storage/insert-in-chunks.ts';
import { openDatabase } from '../../subgraphs/portfolio/storage/open-database.ts';
import { chooseSubgraphEngine } from '../../subgraphs/shared/subgraph-engine.ts';
import type { TestPortfolio } from './test-portfolio.ts';

/** The tables of a portfolio subgraph under test, on a connection of the test's own. */
export function openTestTables({ stateDir, databaseUrl }: Pick<TestPortfolio, 'stateDir' | 'databaseUrl'>) {
  return openDatabase(chooseSubgraphEngine('portfolio', { stateDir, databaseUrl }));
}

/**
 * Fills a ledger up with purchases and sales of two tokens behind the program's back, as a version that knew of no
 * positions would have: the revision is the size.
 */
export async function fillLedger(
  portfolio: Pick<TestPortfolio, 'stateDir' | 'databaseUrl'>,
  portfolioId: string,
  size: number,
): Promise<void> {
  await using database = await openTestTables(portfolio);
  const { last } = await database
    .selectFrom('ledger_entries')
    .select(({ fn }) => fn.max('sequence').as('last'))
    .where('portfolio_id', '=', portfolioId)
    .executeTakeFirstOrThrow();
  const known = Number(last ?? 0);
  const startMs = Date.parse('2026-01-01T00:00:00Z');
  await database.transaction().execute(async (transaction) => {
    await insertInChunks(
      transaction,
      'ledger_entries',
      Array.from({ length: size - known }, (_, index) => known + 1 + index).map((sequence) => ({
        id: `tx_${sequence}`,
        portfolio_id: portfolioId,
        sequence,
        type: sequence % 3 === 0 ? ('SELL' as const) : ('BUY' as const),
        token_id: sequence % 2 === 0 ? 'bitcoin' : 'ethereum',
        quantity: sequence % 3 === 0 ? '0.37' : '0.51',
        unit_price: `${sequence}.0123`,
        fee: '0.5',
        executed_at: startMs + sequence * 1000,
        created_at: startMs,
        source: 'IMPORT' as const,
      })),
    );
    await transaction
      .updateTable('portfolios')
      .set({ revision: size })
      .where('id', '=', portfolioId)
      .execute();
  });
}
