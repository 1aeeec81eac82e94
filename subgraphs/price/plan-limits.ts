import { GraphQLError } from 'graphql';
import type { Caller } from '../shared/caller.ts';
import { DAY_MS } from '../shared/clock.ts';

type Tier = Caller['tier'];

/** How old a price may be before it is called stale, in milliseconds, by the caller's plan. */
export const FRESHNESS_TARGET_MS: Readonly<Record<Tier, number>> = {
  ANONYMOUS: 120_000,
  FREE: 60_000,
  PRO: 30_000,
  BUSINESS: 10_000,
  ENTERPRISE: 10_000,
};

/** How far back the history of a plan reaches, in days; Infinity is everything that is kept. */
const HISTORY_DAYS: Readonly<Record<Tier, number>> = {
  ANONYMOUS: 30,
  FREE: 365,
  PRO: 4 * 365,
  BUSINESS: Number.POSITIVE_INFINITY,
  ENTERPRISE: Number.POSITIVE_INFINITY,
};

/**
 * Refuses history that the caller's plan does not include.
 *
 * @param spanMs - how far back from now is asked for; Infinity for everything
 * @throws GraphQLError PLAN_RESTRICTED, naming the earliest date allowed
 */
export function requireHistory(tier: Tier, spanMs: number, nowMs: number): void {
  const days = HISTORY_DAYS[tier];
  if (spanMs <= days * DAY_MS) return;
  const earliest = new Date(nowMs - days * DAY_MS).toISOString().slice(0, 10);
  throw new GraphQLError(
    `The plan ${tier} includes ${days} days of history: the earliest date allowed is ${earliest}.`,
    { extensions: { code: 'PLAN_RESTRICTED', earliestDate: earliest } },
  );
}
