import type { CallerContext } from '../shared/access.ts';
import type { Clock } from '../shared/clock.ts';
import type { CursorCodec } from '../shared/cursor.ts';
import type { CandleHistory } from './candles/candle-history.ts';
import type { PriceHistory } from './history/price-history.ts';
import type { MarketTable } from './market/market-table.ts';
import type { ProviderStatus } from './providers/stack/provider-stack.ts';
import type { PriceLoader } from './quotes/price-loader.ts';
import type { TokenRegistry } from './registry/token-registry.ts';
import type { TokenSearch } from './registry/token-search.ts';

/** What all operations of the process share. */
export interface PriceServices {
  readonly clock: Clock;
  readonly cursors: CursorCodec;
  readonly registry: TokenRegistry;
  readonly search: TokenSearch;
  readonly history: PriceHistory;
  readonly candles: CandleHistory;
  /** The state of each provider that is configured, the first one first. */
  readonly providerStatuses: () => readonly ProviderStatus[];
}

/** The resolvers' context of one operation. */
export interface PriceContext extends CallerContext, PriceServices {
  readonly prices: PriceLoader;
  /** The market as this operation sees it: looked up once, when it is first asked for. */
  readonly marketTable: () => Promise<MarketTable>;
}
