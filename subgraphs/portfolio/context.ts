import type { Caller } from '../shared/caller.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorCodec } from '../shared/cursor.ts';
import type { ImportQueue } from './imports/import-queue.ts';
import type { Loaders } from './loaders.ts';
import type { MarketPrices } from './market/market-prices.ts';
import type { Database } from './storage/open-database.ts';

/** What the resolvers of one operation work with. */
export interface PortfolioContext {
  readonly caller: Caller;
  readonly clock: Clock;
  readonly cursors: CursorCodec;
  readonly database: Database;
  readonly imports: ImportQueue;
  readonly loaders: Loaders;
  readonly marketPrices: MarketPrices;
}
