import type { MarketDataProvider } from '../market-data-provider.ts';

/** What can be asked of a provider. */
export type ProviderMethod = 'quotes' | 'statistics' | 'sparklines' | 'closes' | 'candles';

/** One call on its way to a provider. */
export interface ProviderCall {
  readonly method: ProviderMethod;
  /** How many tokens it is about. */
  readonly idCount: number;
  readonly signal: AbortSignal;
}

/** Stands around each call: calls `next` as often as it likes, or not at all. */
export type CallWrapper = <Result>(call: ProviderCall, next: () => Promise<Result>) => Promise<Result>;

/** Puts a wrapper around all calls of a provider. */
export function wrapProvider(provider: MarketDataProvider, around: CallWrapper): MarketDataProvider {
  return {
    name: provider.name,
    kind: provider.kind,
    capabilities: provider.capabilities,
    get remainingQuota() {
      return provider.remainingQuota;
    },
    quotes: (ids, currency, signal) =>
      around({ method: 'quotes', idCount: ids.length, signal }, () => provider.quotes(ids, currency, signal)),
    statistics: (ids, signal) =>
      around({ method: 'statistics', idCount: ids.length, signal }, () => provider.statistics(ids, signal)),
    sparklines: (ids, signal) =>
      around({ method: 'sparklines', idCount: ids.length, signal }, () => provider.sparklines(ids, signal)),
    closes: (id, interval, signal) =>
      around({ method: 'closes', idCount: 1, signal }, () => provider.closes(id, interval, signal)),
    candles: (id, query, signal) =>
      around({ method: 'candles', idCount: 1, signal }, () => provider.candles(id, query, signal)),
  };
}
