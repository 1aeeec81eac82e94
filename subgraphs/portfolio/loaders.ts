import DataLoader from 'dataloader';
import type { Selectable } from 'kysely';
import type { Positions } from './ledger/compute-book.ts';
import type { BookStore, PortfolioBook } from './storage/book-store.ts';
import type { Transaction } from './storage/ledger-rows.ts';
import type { Database } from './storage/open-database.ts';
import type { PositionStore } from './storage/position-store.ts';
import { readTransactionsOfUser } from './storage/read-transactions.ts';
import type {
  ImportIssueTable,
  ImportJobTable,
  PortfolioTable,
  TokenTable,
  UserTable,
  WatchlistTable,
  WatchlistTokenTable,
} from './storage/tables.ts';

export type UserRow = Selectable<UserTable>;
export type PortfolioRow = Selectable<PortfolioTable>;
export type WatchlistRow = Selectable<WatchlistTable>;
/** An import without its file. */
export type ImportJobRow = Omit<Selectable<ImportJobTable>, 'content'>;
export type ImportIssueRow = Selectable<ImportIssueTable>;
export type WatchlistTokenRow = Selectable<WatchlistTokenTable>;

/** What one operation reads, each kind of row in one query however often it is asked for. */
export interface Loaders {
  readonly users: DataLoader<string, UserRow | undefined>;
  /** Portfolios of the caller by id; anybody else's are as if absent. */
  readonly portfolios: DataLoader<string, PortfolioRow | undefined>;
  /** All portfolios of a user, archived ones included, in the user's order. */
  readonly portfoliosOfUser: DataLoader<string, readonly PortfolioRow[]>;
  /** What a portfolio that the caller owns holds, however long its ledger is. */
  readonly positions: DataLoader<PortfolioRow, Positions, string>;
  /** The book of a portfolio that the caller owns: its whole ledger is read. */
  readonly books: DataLoader<PortfolioRow, PortfolioBook, string>;
  /** Entries of the caller's ledgers by id; anybody else's are as if absent. */
  readonly transactions: DataLoader<string, Transaction | undefined>;
  /** Watchlists of the caller by id; anybody else's are as if absent. */
  readonly watchlists: DataLoader<string, WatchlistRow | undefined>;
  readonly watchlistsOfUser: DataLoader<string, readonly WatchlistRow[]>;
  /** The tokens of a watchlist in their order. */
  readonly watchlistTokens: DataLoader<string, readonly WatchlistTokenRow[]>;
  /** Imports of the caller by id; anybody else's are as if absent. */
  readonly importJobs: DataLoader<string, ImportJobRow | undefined>;
  /** What an import found wrong, by line. */
  readonly importIssues: DataLoader<string, readonly ImportIssueRow[]>;
  /** Ticker and name by token. */
  readonly tokens: DataLoader<string, TokenTable | undefined>;
}

/** Forgets what was read of a user's things: nothing read before a change may be served after it. */
export function forgetReads(loaders: Loaders): void {
  loaders.portfolios.clearAll();
  loaders.portfoliosOfUser.clearAll();
  loaders.transactions.clearAll();
  loaders.watchlists.clearAll();
  loaders.watchlistsOfUser.clearAll();
  loaders.watchlistTokens.clearAll();
  loaders.importJobs.clearAll();
}

/** All but the file, which may be large. */
const IMPORT_JOB_COLUMNS = [
  'id',
  'user_id',
  'portfolio_id',
  'format',
  'dry_run',
  'state',
  'processed_lines',
  'total_lines',
  'imported_count',
  'duplicate_count',
  'created_at',
  'finished_at',
  'runner_id',
  'leased_until',
  'attempts',
] as const;

function revisionKey({ id, revision }: PortfolioRow): string {
  return `${id}@${revision}`;
}

/** Puts rows into the order of the ids that were asked for. */
function inOrderOf<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string) {
  const byId = new Map(rows.map((row) => [idOf(row), row]));
  return ids.map((id) => byId.get(id));
}

function groupsInOrderOf<Row>(ids: readonly string[], rows: readonly Row[], idOf: (row: Row) => string) {
  const groups = Map.groupBy(rows, idOf);
  return ids.map((id) => groups.get(id) ?? []);
}

/**
 * Makes the loaders of one operation. Ownership is part of the queries: a row of somebody else never leaves the
 * tables.
 *
 * @param userId - whom the caller acts for; a caller without a user owns nothing
 */
export function createLoaders(
  database: Database,
  stores: { readonly books: BookStore; readonly positions: PositionStore },
  userId: string | undefined,
): Loaders {
  const owner = userId ?? '';
  return {
    users: new DataLoader(async (ids) => {
      const rows = await database.selectFrom('users').selectAll().where('id', 'in', ids).execute();
      return inOrderOf(ids, rows, ({ id }) => id);
    }),
    portfolios: new DataLoader(async (ids) => {
      const query = database.selectFrom('portfolios').selectAll().where('id', 'in', ids);
      return inOrderOf(ids, await query.where('user_id', '=', owner).execute(), ({ id }) => id);
    }),
    portfoliosOfUser: new DataLoader(async (userIds) => {
      const query = database.selectFrom('portfolios').selectAll().where('user_id', 'in', userIds);
      return groupsInOrderOf(userIds, await query.orderBy('position').execute(), (row) => row.user_id);
    }),
    positions: new DataLoader((portfolios) => stores.positions.load(portfolios), { cacheKeyFn: revisionKey }),
    books: new DataLoader((portfolios) => stores.books.load(portfolios), { cacheKeyFn: revisionKey }),
    transactions: new DataLoader(async (ids) => {
      return inOrderOf(ids, await readTransactionsOfUser(database, owner, ids), ({ id }) => id);
    }),
    watchlists: new DataLoader(async (ids) => {
      const query = database.selectFrom('watchlists').selectAll().where('id', 'in', ids);
      return inOrderOf(ids, await query.where('user_id', '=', owner).execute(), ({ id }) => id);
    }),
    watchlistsOfUser: new DataLoader(async (userIds) => {
      const query = database.selectFrom('watchlists').selectAll().where('user_id', 'in', userIds);
      return groupsInOrderOf(userIds, await query.orderBy('position').execute(), (row) => row.user_id);
    }),
    watchlistTokens: new DataLoader(async (ids) => {
      const query = database.selectFrom('watchlist_tokens').selectAll().where('watchlist_id', 'in', ids);
      return groupsInOrderOf(ids, await query.orderBy('position').execute(), (row) => row.watchlist_id);
    }),
    importJobs: new DataLoader(async (ids) => {
      const query = database.selectFrom('import_jobs').select(IMPORT_JOB_COLUMNS).where('id', 'in', ids);
      return inOrderOf(ids, await query.where('user_id', '=', owner).execute(), ({ id }) => id);
    }),
    importIssues: new DataLoader(async (ids) => {
      const query = database.selectFrom('import_issues').selectAll().where('job_id', 'in', ids);
      return groupsInOrderOf(ids, await query.orderBy('position').execute(), (row) => row.job_id);
    }),
    tokens: new DataLoader(async (ids) => {
      const rows = await database.selectFrom('tokens').selectAll().where('id', 'in', ids).execute();
      return inOrderOf(ids, rows, ({ id }) => id);
    }),
  };
}
