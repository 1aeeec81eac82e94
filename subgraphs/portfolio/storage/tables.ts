import type { CostBasisMethod } from '../ledger/cost-pool.ts';
import type { TransactionType } from '../ledger/entry.ts';

/*
 * The tables, as SQLite and PostgreSQL keep them alike: amounts are decimal text (SQL's numbers lose digits or
 * differ between the two), instants are integer milliseconds since the epoch.
 *
 * `demo_offset_days` marks a row of the demonstration data and says by how many days it was moved from the
 * recording's time; null for rows that users made.
 */

export interface UserTable {
  id: string;
  display_name: string | null;
  email: string | null;
  default_currency: string;
  created_at: number;
  demo_offset_days: number | null;
}

export interface PortfolioTable {
  id: string;
  user_id: string;
  name: string;
  base_currency: string;
  cost_basis_method: CostBasisMethod;
  /** The user's own order. */
  position: number;
  revision: number;
  created_at: number;
  updated_at: number;
  archived_at: number | null;
  demo_offset_days: number | null;
  /** The revision that the portfolio's rows in `positions` are of; null when they are of none. */
  positions_revision: number | null;
}

/** What is held of a token, as its ledger comes to: written together with each change of the ledger. */
export interface PositionTable {
  portfolio_id: string;
  token_id: string;
  quantity: string;
  /** In base currency, by the portfolio's method. */
  cost_basis: string;
  realized_pnl: string;
  held_since: number;
  last_activity_at: number;
}

/** Where an entry came from. */
export type TransactionSource = 'MANUAL' | 'IMPORT' | 'API';

export interface LedgerEntryTable {
  id: string;
  portfolio_id: string;
  /** The order of entry, from 1 in each portfolio. */
  sequence: number;
  type: TransactionType;
  token_id: string;
  /** The contract (CAIP-19), when the entry was made on a chain. */
  deployment_id: string | null;
  quantity: string;
  unit_price: string | null;
  /** The market's price at that time in base currency, kept so that a cost basis never changes afterwards. */
  market_price: string | null;
  fee: string | null;
  executed_at: number;
  created_at: number;
  source: TransactionSource;
  external_id: string | null;
  note: string | null;
  demo_offset_days: number | null;
}

export interface WatchlistTable {
  id: string;
  user_id: string;
  name: string;
  position: number;
  updated_at: number;
  demo_offset_days: number | null;
}

export interface WatchlistTokenTable {
  watchlist_id: string;
  position: number;
  token_id: string;
  added_at: number;
  demo_offset_days: number | null;
}

/** The copy of the registry's tickers and names. */
export interface TokenTable {
  id: string;
  symbol: string;
  name: string;
}

/** Which key of a user's made what. */
export interface IdempotencyKeyTable {
  user_id: string;
  key: string;
  /** SHA-256 of the mutation and its input, in hexadecimal. */
  input_hash: string;
  /** The id of what was made. */
  result_id: string;
  created_at: number;
}

/** The layout of a file. */
export type ImportFormat = 'GENERIC_CSV' | 'COINBASE_CSV' | 'KRAKEN_LEDGERS_CSV';
export type ImportState = 'QUEUED' | 'RUNNING' | 'SUCCEEDED' | 'PARTIALLY_SUCCEEDED' | 'FAILED';

export interface ImportJobTable {
  id: string;
  user_id: string;
  portfolio_id: string;
  format: ImportFormat;
  /** The file; null once the import has ended. */
  content: string | null;
  /** 1 when nothing is entered, else 0. */
  dry_run: number;
  state: ImportState;
  processed_lines: number;
  total_lines: number;
  imported_count: number;
  duplicate_count: number;
  created_at: number;
  finished_at: number | null;
  /** Who runs it; null while nobody does. */
  runner_id: string | null;
  /** Until when the runner has it, in milliseconds of the system's clock; then another may take it over. */
  leased_until: number | null;
  /** How often it was begun. */
  attempts: number;
}

export interface ImportIssueTable {
  job_id: string;
  /** The order of the issues, from 0. */
  position: number;
  line: number;
  message: string;
  /** Token ids, as a JSON list. */
  candidates: string;
}

export interface Tables {
  users: UserTable;
  portfolios: PortfolioTable;
  ledger_entries: LedgerEntryTable;
  positions: PositionTable;
  watchlists: WatchlistTable;
  watchlist_tokens: WatchlistTokenTable;
  tokens: TokenTable;
  idempotency_keys: IdempotencyKeyTable;
  import_jobs: ImportJobTable;
  import_issues: ImportIssueTable;
}
