import type { Clock } from '../../shared/clock.ts';
import type { MarketDataProvider, TokenId } from '../providers/market-data-provider.ts';
import { type CandleInterval, INTERVAL_MS } from './candle-interval.ts';
import { type CandleSelection, type ServedCandle, selectCandles } from './select-candles.ts';

const PROVIDER_TIMEOUT_MS = 1500;

export interface CandleRequest extends Pick<CandleSelection, 'fromMs' | 'toMs' | 'fillGaps' | 'limit'> {
  readonly interval: CandleInterval;
  readonly currency: string;
}

/** Reads candles from the provider and makes the longer ones of the shorter. */
export class CandleHistory {
  readonly #provider: MarketDataProvider;
  readonly #clock: Clock;

  constructor(provider: MarketDataProvider, clock: Clock) {
    this.#provider = provider;
    this.#clock = clock;
  }

  /**
   * The candles of a token, oldest first; none where no source has any in that currency.
   *
   * @throws the provider's errors
   */
  async candles(
    tokenId: TokenId,
    { interval, currency, ...span }: CandleRequest,
  ): Promise<readonly ServedCandle[]> {
    const intervalMs = INTERVAL_MS[interval];
    const nowMs = this.#clock.now();
    const signal = AbortSignal.timeout(PROVIDER_TIMEOUT_MS);
    const query = { intervalMs, currency, fromMs: span.fromMs };
    const series = await this.#provider.candles(tokenId, query, signal);
    return series === undefined ? [] : selectCandles(series, { ...span, intervalMs, nowMs });
  }
}
