import type { Clock } from '../../../shared/clock.ts';
import type { MarketDataProvider } from '../market-data-provider.ts';
import { type BreakerProvider, withBreaker } from './with-breaker.ts';
import { withCache } from './with-cache.ts';
import { withInputLimits } from './with-input-limits.ts';
import { type ProviderCalls, withMetrics } from './with-metrics.ts';
import { withQuota } from './with-quota.ts';
import { withRetry } from './with-retry.ts';

/** The state of one upstream provider. */
export interface ProviderStatus {
  readonly name: string;
  /** Whether its circuit breaker lets calls through. */
  readonly available: boolean;
  /** When it last answered, in milliseconds of the platform's time. */
  readonly lastSuccessAtMs: number | undefined;
  /** Calls that remain in the provider's own quota window, when it tells. */
  readonly remainingQuota: number | undefined;
}

/** A provider with all that stands between it and the subgraph. */
export interface ProviderStack {
  readonly provider: MarketDataProvider;
  readonly calls: ProviderCalls;
  status(): ProviderStatus;
}

export interface ProviderStackOptions {
  /** The platform's clock. */
  readonly clock: Clock;
  /** A clock that never goes back, in milliseconds. */
  readonly monotonicMs: () => number;
  /** The provider's quota; undefined for one without. */
  readonly callsPerMinute?: number | undefined;
  /** How long the breaker stays open before one call is tried, in milliseconds. */
  readonly breakerOpenMs?: number | undefined;
}

/**
 * Stacks what every provider needs, from the outside in: limits of inputs, cache and single flight, retry, quota,
 * breaker, metrics. Each attempt of a retry takes from the quota; calls that the quota refuses tell the breaker nothing.
 */
export function stackProvider(
  innermost: MarketDataProvider,
  { clock, monotonicMs, callsPerMinute, breakerOpenMs }: ProviderStackOptions,
): ProviderStack {
  const measured = withMetrics(innermost, clock);
  const breaker: BreakerProvider = withBreaker(measured.provider, breakerOpenMs);
  const metered =
    callsPerMinute === undefined
      ? breaker.provider
      : withQuota(breaker.provider, { callsPerMinute, monotonicMs });
  return {
    provider: withInputLimits(withCache(withRetry(metered), clock)),
    calls: measured.calls,
    status: () => ({
      name: innermost.name,
      available: breaker.isAvailable(),
      lastSuccessAtMs: measured.lastSuccessAtMs(),
      remainingQuota: innermost.remainingQuota,
    }),
  };
}
