import { DAY_MS } from '../../shared/clock.ts';
import type { DailyCloses, DayNumber } from './close-table.ts';

/** The lengths of bars; names as in the SDL. */
export const BAR_INTERVALS = ['ONE_DAY', 'ONE_WEEK'] as const;

export type BarInterval = (typeof BAR_INTERVALS)[number];

/** A closed bar with its close as decimal text. */
export interface Bar {
  /** In milliseconds since the epoch. */
  readonly openTimeMs: number;
  readonly close: string;
}

const DAYS_PER_WEEK = 7;
/** 1970-01-01 was a Thursday: three days after its week's Monday. */
const EPOCH_DAYS_AFTER_MONDAY = 3;

/** Monday, 00:00 UTC, begins the week of a day (ISO 8601). */
function mondayOf(day: DayNumber): DayNumber {
  return (
    Math.floor((day + EPOCH_DAYS_AFTER_MONDAY) / DAYS_PER_WEEK) * DAYS_PER_WEEK - EPOCH_DAYS_AFTER_MONDAY
  );
}

/**
 * Makes bars of daily closes: the close of a bar is its last close. Bars in which the token was never traded are
 * left out, and so is a week that is not over.
 *
 * @param upToDay - the last day that goes in, the last closed one unless told
 * @returns ascending in time
 */
export function barsOf(
  closes: DailyCloses,
  interval: BarInterval,
  upToDay: DayNumber = closes.lastDay,
): Bar[] {
  const bars = new Map<DayNumber, string>();
  const lastDay = interval === 'ONE_DAY' ? upToDay : mondayOf(upToDay + 1) - 1;
  for (let day = closes.firstDay; day <= lastDay; day++) {
    const close = closes.textAt(day);
    if (close !== undefined) bars.set(interval === 'ONE_DAY' ? day : mondayOf(day), close);
  }
  return Array.from(bars, ([day, close]) => ({ openTimeMs: day * DAY_MS, close }));
}
