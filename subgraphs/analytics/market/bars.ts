import { DAY_MS, HOUR_MS } from '../../shared/clock.ts';

/** The lengths of bars that daily closes make; names as in the SDL. */
export const DAILY_BAR_INTERVALS = ['ONE_DAY', 'ONE_WEEK'] as const;
/** The lengths of bars that hourly closes make. */
export const HOURLY_BAR_INTERVALS = ['ONE_HOUR', 'FOUR_HOURS'] as const;

export type BarInterval = (typeof DAILY_BAR_INTERVALS | typeof HOURLY_BAR_INTERVALS)[number];

/** A closed bar with its close as decimal text. */
export interface Bar {
  /** In milliseconds since the epoch. */
  readonly openTimeMs: number;
  readonly close: string;
}

/** A period as the number of such periods since 1970-01-01 00:00 UTC. */
export type PeriodNumber = number;

/** Closes of consecutive periods of one length. */
export interface PeriodCloses {
  readonly firstPeriod: PeriodNumber;
  /** The last period that is over. */
  readonly lastPeriod: PeriodNumber;
  /** The close of a period as decimal text; undefined when the token was not traded in it. */
  textAt(period: PeriodNumber): string | undefined;
}

const DAYS_PER_WEEK = 7;
const HOURS_PER_LONG_BAR = 4;
/** 1970-01-01 was a Thursday: three days after its week's Monday. */
const EPOCH_DAYS_AFTER_MONDAY = 3;

/** What bars are made of: the length of the closes' periods, and the period with which a period's bar opens. */
const BAR_RULES: Readonly<
  Record<
    BarInterval,
    { readonly periodMs: number; readonly openingOf: (period: PeriodNumber) => PeriodNumber }
  >
> = {
  ONE_HOUR: { periodMs: HOUR_MS, openingOf: (hour) => hour },
  // 00:00, 04:00 and so on, UTC.
  FOUR_HOURS: {
    periodMs: HOUR_MS,
    openingOf: (hour) => Math.floor(hour / HOURS_PER_LONG_BAR) * HOURS_PER_LONG_BAR,
  },
  ONE_DAY: { periodMs: DAY_MS, openingOf: (day) => day },
  // Monday, 00:00 UTC, begins the week of a day (ISO 8601).
  ONE_WEEK: {
    periodMs: DAY_MS,
    openingOf: (day) =>
      Math.floor((day + EPOCH_DAYS_AFTER_MONDAY) / DAYS_PER_WEEK) * DAYS_PER_WEEK - EPOCH_DAYS_AFTER_MONDAY,
  },
};

/**
 * Makes bars of closes: the close of a bar is its last close. Bars in which the token was never traded are left out,
 * and so is one that is not over.
 *
 * @param closes - hourly for bars of hours, daily for days and weeks
 * @param upTo - the last period that goes in, the last closed one unless told
 * @returns ascending in time
 */
export function barsOf(
  closes: PeriodCloses,
  interval: BarInterval,
  upTo: PeriodNumber = closes.lastPeriod,
): Bar[] {
  const { periodMs, openingOf } = BAR_RULES[interval];
  const bars = new Map<PeriodNumber, string>();
  const last = openingOf(upTo + 1) - 1;
  for (let period = closes.firstPeriod; period <= last; period++) {
    const close = closes.textAt(period);
    if (close !== undefined) bars.set(openingOf(period), close);
  }
  return Array.from(bars, ([period, close]) => ({ openTimeMs: period * periodMs, close }));
}
