import { DAY_MS, HOUR_MS } from '../../shared/clock.ts';

/** The length of a candle, as the SDL names it. */
export type CandleInterval =
  | 'ONE_MINUTE'
  | 'FIVE_MINUTES'
  | 'ONE_HOUR'
  | 'FOUR_HOURS'
  | 'ONE_DAY'
  | 'ONE_WEEK';

const MINUTE_MS = 60_000;

/** The length of a period, in milliseconds. */
export const INTERVAL_MS: Readonly<Record<CandleInterval, number>> = {
  ONE_MINUTE: MINUTE_MS,
  FIVE_MINUTES: 5 * MINUTE_MS,
  ONE_HOUR: HOUR_MS,
  FOUR_HOURS: 4 * HOUR_MS,
  ONE_DAY: DAY_MS,
  ONE_WEEK: 7 * DAY_MS,
};

/** A Monday, 00:00 UTC: where ISO weeks begin. Days and their parts count from there as well as from the epoch. */
export const MONDAY_MS = Date.parse('1970-01-05T00:00:00Z');

/** The start of the period that an instant lies in; all in milliseconds. ISO weeks begin on Monday, 00:00 UTC. */
export function startOfPeriod(instantMs: number, intervalMs: number): number {
  return MONDAY_MS + Math.floor((instantMs - MONDAY_MS) / intervalMs) * intervalMs;
}
