import { setTimeout as wait } from 'node:timers/promises';
import type { MarketDataProvider } from '../market-data-provider.ts';
import { ProviderFailure } from '../provider-failure.ts';
import { wrapProvider } from './wrap-provider.ts';

const MAX_ATTEMPTS = 2;
/** The longest wait before another attempt: callers have deadlines of a second and a half. */
const MAX_WAIT_MS = 400;
const BACKOFF_MS = 200;

export interface RetryOptions {
  /** A number in [0, 1): spreads the attempts of many processes. */
  readonly random?: () => number;
}

/**
 * Asks once more when the provider was unavailable, after a random wait ("full jitter"), or when it limited the rate
 * and will soon let calls through again: never before the time that `Retry-After` names, and not at all when that is
 * longer than callers can wait.
 *
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function withRetry(
  provider: MarketDataProvider,
  { random = Math.random }: RetryOptions = {},
): MarketDataProvider {
  return wrapProvider(provider, async ({ signal }, next) => {
    for (let attempt = 1; ; attempt += 1) {
      try {
        return await next();
      } catch (error) {
        const waitMs = waitBeforeRetry(error, random);
        if (attempt === MAX_ATTEMPTS || waitMs === undefined || signal.aborted) throw error;
        await wait(waitMs, undefined, { signal });
      }
    }
  });
}

/** How long to wait before asking again, in milliseconds; undefined where asking again does not help. */
function waitBeforeRetry(error: unknown, random: () => number): number | undefined {
  if (!(error instanceof ProviderFailure)) return undefined;
  const { kind, retryAfterMs } = error;
  if (kind !== 'UNAVAILABLE' && (kind !== 'RATE_LIMITED' || retryAfterMs === undefined)) return undefined;
  const waitMs = (retryAfterMs ?? 0) + random() * BACKOFF_MS;
  return waitMs <= MAX_WAIT_MS ? waitMs : undefined;
}
