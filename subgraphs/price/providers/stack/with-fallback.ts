import type { MarketDataProvider } from '../market-data-provider.ts';

/**
 * Takes statistics, sparklines, closes and candles from another provider when the first one fails. Quotes pass: the quote book
 * falls back by token, for those alone of which no last price is known.
 */
export function withFallback(
  provider: MarketDataProvider,
  fallback: MarketDataProvider | undefined,
): MarketDataProvider {
  if (fallback === undefined) return provider;
  return {
    ...provider,
    get remainingQuota() {
      return provider.remainingQuota;
    },
    statistics: (ids, signal) =>
      provider.statistics(ids, signal).catch(() => fallback.statistics(ids, signal)),
    sparklines: (ids, signal) =>
      provider.sparklines(ids, signal).catch(() => fallback.sparklines(ids, signal)),
    closes: (id, interval, signal) =>
      provider.closes(id, interval, signal).catch(() => fallback.closes(id, interval, signal)),
    candles: (id, query, signal) =>
      provider.candles(id, query, signal).catch(() => fallback.candles(id, query, signal)),
  };
}
