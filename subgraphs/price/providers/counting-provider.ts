import type { MarketDataProvider } from './market-data-provider.ts';

/** How often a provider was called since the process started; `/health` shows it. */
export interface ProviderCalls {
  readonly quotes: number;
  /** The ids of all calls of `quotes` together. */
  readonly quotedIds: number;
  readonly statistics: number;
  readonly closes: number;
  readonly candles: number;
}

/** A provider whose calls are counted. */
export interface CountingProvider extends MarketDataProvider {
  readonly calls: ProviderCalls;
}

/** Counts the calls of a provider, failed ones too. */
export function countCalls(provider: MarketDataProvider): CountingProvider {
  const calls = { quotes: 0, quotedIds: 0, statistics: 0, closes: 0, candles: 0 };
  return {
    name: provider.name,
    kind: provider.kind,
    capabilities: provider.capabilities,
    calls,
    quotes(ids, currency, signal) {
      calls.quotes += 1;
      calls.quotedIds += ids.length;
      return provider.quotes(ids, currency, signal);
    },
    statistics(ids, signal) {
      calls.statistics += 1;
      return provider.statistics(ids, signal);
    },
    closes(id, interval, signal) {
      calls.closes += 1;
      return provider.closes(id, interval, signal);
    },
    candles(id, query, signal) {
      calls.candles += 1;
      return provider.candles(id, query, signal);
    },
  };
}
