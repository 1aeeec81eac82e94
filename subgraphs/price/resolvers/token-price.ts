import { FRESHNESS_TARGET_MS } from '../plan-limits.ts';
import type { PriceContext } from '../price-context.ts';
import { changeSince, type Price } from '../quotes/cross-rate.ts';

/** Resolvers of `TokenPrice`. */
export const tokenPriceResolvers = {
  change1h: ({ amount, hourAgo }: Price): number | null => changeSince(amount, hourAgo),
  change24h: ({ amount, dayAgo }: Price): number | null => changeSince(amount, dayAgo),
  change7d: ({ amount, weekAgo }: Price): number | null => changeSince(amount, weekAgo),
  asOf: ({ asOfMs }: Price): Date => new Date(asOfMs),
  stale(
    { asOfMs, intervalMs, isLastKnown }: Price,
    _args: unknown,
    { caller, clock }: PriceContext,
  ): boolean {
    // A source that has a new price once a day is not late before the day is over.
    return isLastKnown || clock.now() - asOfMs > Math.max(FRESHNESS_TARGET_MS[caller.tier], intervalMs);
  },
};
