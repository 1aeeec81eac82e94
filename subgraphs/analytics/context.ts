import type { Caller } from '../shared/caller.ts';
import type { CursorCodec } from '../shared/cursor.ts';
import type { MarketData } from './market/market-data.ts';

/** The resolvers' context of one operation. */
export interface AnalyticsContext {
  readonly caller: Caller;
  readonly cursors: CursorCodec;
  /**
   * The market as it was when the operation began: all fields of one answer rest on one version.
   *
   * @throws when the first copies of the price subgraph's documents are not there yet
   */
  readonly market: () => MarketData;
}
