import { BrokenCircuitError, CircuitState, ConsecutiveBreaker, circuitBreaker, handleWhen } from 'cockatiel';
import type { MarketDataProvider } from '../market-data-provider.ts';
import { failureKind, ProviderFailure } from '../provider-failure.ts';
import { wrapProvider } from './wrap-provider.ts';

/** Failures in a row after which the provider is not asked. */
export const BREAKER_FAILURES = 5;
/** How long it is not asked; then one call is tried. */
const BREAKER_OPEN_MS = 10_000;

/** A provider behind a circuit breaker. */
export interface BreakerProvider {
  readonly provider: MarketDataProvider;
  /** Whether calls are let through. */
  isAvailable(): boolean;
}

/**
 * Stops asking a provider that keeps failing: SUSPENDED at once, without a call. After a while one call is tried, and
 * how it ends decides. Answers that speak for the provider's health (429, a refusal, an unknown token) do not count.
 */
export function withBreaker(provider: MarketDataProvider, openMs = BREAKER_OPEN_MS): BreakerProvider {
  const policy = circuitBreaker(handleWhen(isFault), {
    halfOpenAfter: openMs,
    breaker: new ConsecutiveBreaker(BREAKER_FAILURES),
  });
  const suspended = (cause?: unknown) =>
    new ProviderFailure('SUSPENDED', `${provider.name} has failed too often`, { cause });
  return {
    isAvailable: () => policy.state === CircuitState.Closed,
    provider: wrapProvider(provider, async (_call, next) => {
      // cockatiel would let the others wait for the trial; they have deadlines of their own.
      if (policy.state === CircuitState.HalfOpen) throw suspended();
      try {
        return await policy.execute(next);
      } catch (error) {
        throw error instanceof BrokenCircuitError ? suspended(error) : error;
      }
    }),
  };
}

/** Deadlines that pass count too: they are no provider failures, but what a hanging provider looks like. */
function isFault(error: unknown): boolean {
  const kind = failureKind(error);
  return kind === undefined || kind === 'UNAVAILABLE' || kind === 'INVALID_ANSWER';
}
