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

export interface Tables {
  users: UserTable;
  portfolios: PortfolioTable;
  ledger_entries: LedgerEntryTable;
  watchlists: WatchlistTable;
  watchlist_tokens: WatchlistTokenTable;
  tokens: TokenTable;
  idempotency_keys: IdempotencyKeyTable;
}
