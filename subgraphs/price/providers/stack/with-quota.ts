import type { MarketDataProvider } from '../market-data-provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { wrapProvider } from './wrap-provider.ts';

const MINUTE_MS = 60_000;
/** How long a provider is left alone that says 429 without saying until when. */
const DEFAULT_PAUSE_MS = MINUTE_MS;
const MAX_PAUSE_MS = 60 * MINUTE_MS;
/** The share of the bucket that is kept for quotes: prices go before histories. */
const QUOTES_SHARE = 0.2;

export interface QuotaOptions {
  /** Calls a minute that the provider's plan allows. */
  readonly callsPerMinute: number;
  readonly monotonicMs: () => number;
}

/**
 * Keeps calls within the provider's quota by a token bucket that refills continuously, and leaves the provider alone
 * for as long as its last 429 asked (`Retry-After`). Refused calls fail at once with RATE_LIMITED.
 */
export function withQuota(
  provider: MarketDataProvider,
  { callsPerMinute, monotonicMs }: QuotaOptions,
): MarketDataProvider {
  let tokens = callsPerMinute;
  let refilledAtMs = monotonicMs();
  let pausedUntilMs = Number.NEGATIVE_INFINITY;

  return wrapProvider(provider, async ({ method }, next) => {
    const nowMs = monotonicMs();
    tokens = Math.min(callsPerMinute, tokens + ((nowMs - refilledAtMs) * callsPerMinute) / MINUTE_MS);
    refilledAtMs = nowMs;
    if (nowMs < pausedUntilMs) {
      throw new ProviderFailure('RATE_LIMITED', `${provider.name} asked to be left alone`, {
        retryAfterMs: pausedUntilMs - nowMs,
      });
    }
    const needed = method === 'quotes' ? 1 : 1 + callsPerMinute * QUOTES_SHARE;
    if (tokens < needed) {
      throw new ProviderFailure('RATE_LIMITED', `the quota of ${provider.name} is used up`, {
        retryAfterMs: ((needed - tokens) * MINUTE_MS) / callsPerMinute,
      });
    }
    tokens -= 1;
    try {
      return await next();
    } catch (error) {
      if (error instanceof ProviderFailure && error.kind === 'RATE_LIMITED') {
        pausedUntilMs = monotonicMs() + Math.min(error.retryAfterMs ?? DEFAULT_PAUSE_MS, MAX_PAUSE_MS);
      }
      throw error;
    }
  });
}
