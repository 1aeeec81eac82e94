import { GraphQLError } from 'graphql';
import type { Caller } from '../shared/caller.ts';
import { DAY_MS, startOfDay } from '../shared/clock.ts';
import type { CandleInterval } from './candles/candle-interval.ts';

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
  requireHistorySince(tier, nowMs - spanMs, nowMs);
}

/**
 * Refuses history from an instant on that the caller's plan does not include. Whole days are included: the date
 * that a refusal names is allowed from its first moment on.
 *
 * @param fromMs - the first instant that is asked for, in milliseconds
 * @throws GraphQLError PLAN_RESTRICTED, naming the earliest date allowed
 */
export function requireHistorySince(tier: Tier, fromMs: number, nowMs: number): void {
  const days = HISTORY_DAYS[tier];
  const earliestMs = startOfDay(nowMs - days * DAY_MS);
  if (fromMs >= earliestMs) return;
  const earliest = new Date(earliestMs).toISOString().slice(0, 10);
  throw new GraphQLError(
    `The plan ${tier} includes ${days} days of history: the earliest date allowed is ${earliest}.`,
    { extensions: { code: 'PLAN_RESTRICTED', earliestDate: earliest } },
  );
}

/** Candles that are finer than those of every plan. */
const FINE_INTERVALS: ReadonlySet<CandleInterval> = new Set(['ONE_MINUTE', 'FIVE_MINUTES']);
const PLANS_WITH_FINE_CANDLES: ReadonlySet<Tier> = new Set(['PRO', 'BUSINESS', 'ENTERPRISE']);

/**
 * Refuses candles that are finer than the caller's plan includes.
 *
 * @throws GraphQLError PLAN_RESTRICTED, naming the plan that has them
 */
export function requireCandleInterval(tier: Tier, interval: CandleInterval): void {
  if (!FINE_INTERVALS.has(interval) || PLANS_WITH_FINE_CANDLES.has(tier)) return;
  throw new GraphQLError(
    `Candles of ${interval} need the plan PRO or a higher one: the finest of the plan ${tier} are of ONE_HOUR.`,
    { extensions: { code: 'PLAN_RESTRICTED', requiredTier: 'PRO' } },
  );
}
