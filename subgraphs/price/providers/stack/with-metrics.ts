import type { Clock } from '../../../shared/clock.ts';
import type { MarketDataProvider } from '../market-data-provider.ts';
import { type FailureKind, failureKind } from '../provider-failure.ts';
import { type ProviderMethod, wrapProvider } from './wrap-provider.ts';

/** How often a provider was called since the process started, and how that went; `/health` shows it. */
export interface ProviderCalls extends Readonly<Record<ProviderMethod, number>> {
  /** The ids of all calls of `quotes` together. */
  readonly quotedIds: number;
  /** Failed calls by their kind; `OTHER` are errors that are no provider's, such as deadlines. */
  readonly failures: Readonly<Partial<Record<FailureKind | 'OTHER', number>>>;
}

/** A provider whose calls are counted. */
export interface MeasuredProvider {
  readonly provider: MarketDataProvider;
  readonly calls: ProviderCalls;
  /** When it last answered, in milliseconds of the platform's time. */
  lastSuccessAtMs(): number | undefined;
}

/** Counts the calls that reach a provider, failed ones too, and remembers when it last answered. */
export function withMetrics(provider: MarketDataProvider, clock: Clock): MeasuredProvider {
  const failures: Partial<Record<FailureKind | 'OTHER', number>> = {};
  const calls = { quotes: 0, quotedIds: 0, statistics: 0, sparklines: 0, closes: 0, candles: 0, failures };
  let lastSuccessAtMs: number | undefined;
  return {
    calls,
    lastSuccessAtMs: () => lastSuccessAtMs,
    provider: wrapProvider(provider, async ({ method, idCount }, next) => {
      calls[method] += 1;
      if (method === 'quotes') calls.quotedIds += idCount;
      try {
        const answer = await next();
        lastSuccessAtMs = clock.now();
        return answer;
      } catch (error) {
        const kind = failureKind(error) ?? 'OTHER';
        failures[kind] = (failures[kind] ?? 0) + 1;
        throw error;
      }
    }),
  };
}
