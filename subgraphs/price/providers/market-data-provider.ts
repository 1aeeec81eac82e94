import type { Decimal } from '../../shared/decimal.ts';
import type { CandleSeries } from '../candles/candle-series.ts';
import type { CloseSeries } from '../history/close-series.ts';

export type TokenId = string;
/** The periods of which closes are kept. */
export type CloseInterval = 'ONE_HOUR' | 'ONE_DAY';
export type PriceSourceKind = 'AGGREGATOR' | 'EXCHANGE' | 'RECORDED';

/** The latest price of a token with what it was before, all in the currency that was asked for. */
export interface Quote {
  readonly amount: Decimal;
  /** The price one hour, one day and seven days before `asOfMs`; null where the source does not know it. */
  readonly hourAgo: Decimal | null;
  readonly dayAgo: Decimal | null;
  readonly weekAgo: Decimal | null;
  /** When the source saw this price, in milliseconds of the platform's time. */
  readonly asOfMs: number;
  /** How often the source has a new price, in milliseconds. */
  readonly intervalMs: number;
  readonly source: string;
  readonly sourceKind: PriceSourceKind;
}

/** Market figures of a token beside its price; quantities in whole tokens. */
export interface TokenStatistics {
  readonly circulatingSupply: Decimal | null;
  readonly totalSupply: Decimal | null;
  readonly maxSupply: Decimal | null;
  /** Volume of the last 24 hours on record, in US dollars. */
  readonly volume24hUsd: Decimal | null;
  /** When the source saw these figures, in milliseconds of the platform's time. */
  readonly asOfMs: number;
}

/** Which candles are asked for. */
export interface CandleQuery {
  /** The length of a candle, in milliseconds. */
  readonly intervalMs: number;
  /** The quote currency; candles are not converted. */
  readonly currency: string;
  /** The first instant, in milliseconds of the platform's time. */
  readonly fromMs: number;
}

/**
 * An upstream source of market data. Answers may be partial: a token that the provider does not know is missing
 * in the map. A call that fails as a whole rejects.
 */
export interface MarketDataProvider {
  readonly name: string;
  readonly kind: PriceSourceKind;
  readonly capabilities: {
    /** The most ids in one call of `quotes`. */
    readonly maxIdsPerQuote: number;
    /** The currencies that `quotes` takes. */
    readonly currencies: readonly string[];
    /** How long a quote is worth keeping, in milliseconds: about as long as the source has no newer one. */
    readonly quoteTtlMs: number;
    /** How long after the end of a period its figures are out, in milliseconds. */
    readonly publishDelayMs: number;
  };
  /** Calls that remain in the provider's own quota window, when it tells. */
  readonly remainingQuota?: number | undefined;
  quotes(
    ids: readonly TokenId[],
    currency: string,
    signal: AbortSignal,
  ): Promise<ReadonlyMap<TokenId, Quote>>;
  statistics(ids: readonly TokenId[], signal: AbortSignal): Promise<ReadonlyMap<TokenId, TokenStatistics>>;
  /**
   * The hours of the last seven days in US dollars, oldest first, many tokens in one call: enough to draw a line, since
   * sources do not tell the instants of these. A token is missing where no hours are kept.
   */
  sparklines(ids: readonly TokenId[], signal: AbortSignal): Promise<ReadonlyMap<TokenId, readonly string[]>>;
  /** Closes of periods that are over, in US dollars and the platform's time; undefined where none are kept. */
  closes(id: TokenId, interval: CloseInterval, signal: AbortSignal): Promise<CloseSeries | undefined>;
  /**
   * Candles from which those of a length can be made: of that length or of an even part of it, in the platform's time.
   * Undefined where none are kept; the series may begin later than asked.
   */
  candles(id: TokenId, query: CandleQuery, signal: AbortSignal): Promise<CandleSeries | undefined>;
}
