import type { Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import { type Book, computeBook } from '../ledger/compute-book.ts';
import { inLedgerOrder } from '../ledger/entry.ts';
import { type Transaction, transactionOf } from './ledger-rows.ts';
import type { Database } from './open-database.ts';
import type { PortfolioTable } from './tables.ts';

/** Entries of all cached ledgers together; some 600 bytes each. */
const MAX_CACHED_ENTRIES = 200_000;

/** A portfolio's ledger in its order, and what it comes to. */
export interface PortfolioBook extends Book<Transaction> {
  readonly transactions: readonly Transaction[];
}

/** Works ledgers out once for each revision, process-wide. */
export interface BookStore {
  /** The books of portfolios, in their order; at most one query, for those that changed since they were read. */
  load(portfolios: readonly Selectable<PortfolioTable>[]): Promise<PortfolioBook[]>;
}

export function createBookStore(database: Database): BookStore {
  const books = new LRUCache<string, PortfolioBook>({
    maxSize: MAX_CACHED_ENTRIES,
    sizeCalculation: ({ transactions }) => transactions.length + 1,
  });
  /** Books that are being worked out, so that equal reads under way become one. */
  const pending = new Map<string, Promise<PortfolioBook>>();
  const keyOf = ({ id, revision }: Selectable<PortfolioTable>) => `${id}@${revision}`;

  const compute = (missing: readonly Selectable<PortfolioTable>[]): void => {
    const ledgers = readLedgers(
      database,
      missing.map(({ id }) => id),
    );
    for (const portfolio of missing) {
      const key = keyOf(portfolio);
      const book = ledgers
        .then((byPortfolio) => {
          const transactions = inLedgerOrder(byPortfolio.get(portfolio.id) ?? []);
          const worked = { ...computeBook(transactions, portfolio.cost_basis_method), transactions };
          books.set(key, worked);
          return worked;
        })
        .finally(() => pending.delete(key));
      pending.set(key, book);
    }
  };

  return {
    async load(portfolios) {
      const missing = portfolios.filter((portfolio) => {
        const key = keyOf(portfolio);
        return !books.has(key) && !pending.has(key);
      });
      if (missing.length > 0) compute(missing);
      return Promise.all(
        portfolios.map(
          (portfolio) =>
            books.get(keyOf(portfolio)) ?? (pending.get(keyOf(portfolio)) as Promise<PortfolioBook>),
        ),
      );
    },
  };
}

async function readLedgers(
  database: Database,
  portfolioIds: readonly string[],
): Promise<Map<string, Transaction[]>> {
  const rows = await database
    .selectFrom('ledger_entries')
    .selectAll()
    .where('portfolio_id', 'in', portfolioIds)
    .execute();
  return Map.groupBy(rows.map(transactionOf), ({ portfolioId }) => portfolioId);
}
