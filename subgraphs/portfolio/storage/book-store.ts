import type { Selectable } from 'kysely';
import { LRUCache } from 'lru-cache';
import { type Book, computeBook, recomputeTokens } from '../ledger/compute-book.ts';
import type { CostBasisMethod } from '../ledger/cost-pool.ts';
import { inLedgerOrder } from '../ledger/entry.ts';
import { type Transaction, transactionOf } from './ledger-rows.ts';
import type { Database } from './open-database.ts';
import { readAddedEntries } from './read-added-entries.ts';
import type { PortfolioTable } from './tables.ts';

/** Entries of all cached ledgers together; some 600 bytes each. */
const MAX_CACHED_ENTRIES = 200_000;

/** A portfolio's ledger in its order, and what it comes to. */
export interface PortfolioBook extends Book<Transaction> {
  readonly transactions: readonly Transaction[];
}

/** Works ledgers out once for each revision, process-wide. */
export interface BookStore {
  /** The books of portfolios, in their order; whole ledgers that are not cached are read in one query. */
  load(portfolios: readonly Selectable<PortfolioTable>[]): Promise<PortfolioBook[]>;
}

interface CachedBook {
  readonly revision: number;
  readonly method: CostBasisMethod;
  readonly book: PortfolioBook;
}

/**
 * Keeps the newest book of each portfolio. When a ledger has grown since, only the new entries are read, and only
 * their tokens are worked out anew.
 */
export function createBookStore(database: Database): BookStore {
  const cache = new LRUCache<string, CachedBook>({
    maxSize: MAX_CACHED_ENTRIES,
    sizeCalculation: ({ book }) => book.transactions.length + 1,
  });
  /** Books that are being worked out, so that equal reads under way become one. */
  const pending = new Map<string, Promise<PortfolioBook>>();
  const keyOf = ({ id, revision }: Selectable<PortfolioTable>) => `${id}@${revision}`;

  const findCurrent = ({ id, revision }: Selectable<PortfolioTable>): PortfolioBook | undefined => {
    const cached = cache.get(id);
    return cached !== undefined && cached.revision >= revision ? cached.book : undefined;
  };
  const begin = (portfolio: Selectable<PortfolioTable>, work: Promise<PortfolioBook>): void => {
    const { id, revision, cost_basis_method: method } = portfolio;
    const book = work
      .then((worked) => {
        const newest = cache.get(id);
        if (newest === undefined || newest.revision < revision) {
          cache.set(id, { revision, method, book: worked });
        }
        return worked;
      })
      .finally(() => pending.delete(keyOf(portfolio)));
    pending.set(keyOf(portfolio), book);
  };

  return {
    async load(portfolios) {
      const missing = portfolios.filter(
        (portfolio) => findCurrent(portfolio) === undefined && !pending.has(keyOf(portfolio)),
      );
      const known = new Map(missing.map(({ id }) => [id, cache.get(id)]));
      const read = createLedgerReader(
        database,
        missing.filter(({ id }) => known.get(id) === undefined).map(({ id }) => id),
      );
      for (const portfolio of missing) {
        const cached = known.get(portfolio.id);
        begin(
          portfolio,
          cached === undefined
            ? read(portfolio.id).then((entries) => workOut(entries, portfolio))
            : followUp(database, cached, portfolio),
        );
      }
      return Promise.all(
        portfolios.map(
          (portfolio) => findCurrent(portfolio) ?? (pending.get(keyOf(portfolio)) as Promise<PortfolioBook>),
        ),
      );
    },
  };
}

function workOut(
  entries: readonly Transaction[],
  { cost_basis_method }: Selectable<PortfolioTable>,
): PortfolioBook {
  const transactions = inLedgerOrder(entries);
  return { ...computeBook(transactions, cost_basis_method), transactions };
}

/** Brings a book up to date; reads the whole ledger where entries have gone. */
async function followUp(
  database: Database,
  { book, method }: CachedBook,
  portfolio: Selectable<PortfolioTable>,
): Promise<PortfolioBook> {
  const added = await readAddedEntries(database, portfolio.id, book.transactions);
  if (added === undefined) {
    return workOut(await createLedgerReader(database, [portfolio.id])(portfolio.id), portfolio);
  }
  if (method !== portfolio.cost_basis_method) return workOut([...book.transactions, ...added], portfolio);
  if (added.length === 0) return book;
  const transactions = inLedgerOrder([...book.transactions, ...added]);
  const tokenIds = new Set(added.map(({ tokenId }) => tokenId));
  return { ...recomputeTokens(book, transactions, tokenIds, method), transactions };
}

/** Reads whole ledgers in one query, begun by the first that asks. */
function createLedgerReader(
  database: Database,
  portfolioIds: readonly string[],
): (portfolioId: string) => Promise<readonly Transaction[]> {
  let ledgers: Promise<Map<string, Transaction[]>> | undefined;
  return async (portfolioId) => {
    ledgers ??= readLedgers(database, portfolioIds);
    return (await ledgers).get(portfolioId) ?? [];
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
