import { DAY_MS } from '../../shared/clock.ts';

/** A span of time that ends now, as the SDL names it. */
export type HistoryRange = 'ONE_DAY' | 'ONE_WEEK' | 'ONE_MONTH' | 'THREE_MONTHS' | 'ONE_YEAR' | 'MAX';

/** The length of a span, in milliseconds; MAX is everything that is kept. */
export const RANGE_MS: Readonly<Record<HistoryRange, number>> = {
  ONE_DAY: DAY_MS,
  ONE_WEEK: 7 * DAY_MS,
  ONE_MONTH: 30 * DAY_MS,
  THREE_MONTHS: 90 * DAY_MS,
  ONE_YEAR: 365 * DAY_MS,
  MAX: Number.POSITIVE_INFINITY,
};

/** Whether a span is short enough for hourly points. */
export function isHourlyRange(range: HistoryRange): boolean {
  return RANGE_MS[range] <= RANGE_MS.ONE_WEEK;
}

/**
 * The instants of a regular grid in a span: after its start, up to and including its end.
 *
 * @param anchorMs - any instant on the grid; all four in milliseconds
 */
export function gridEnds(startMs: number, endMs: number, stepMs: number, anchorMs = 0): number[] {
  const first = anchorMs + (Math.floor((startMs - anchorMs) / stepMs) + 1) * stepMs;
  const count = Math.max(0, Math.floor((endMs - first) / stepMs) + 1);
  return Array.from({ length: count }, (_, index) => first + index * stepMs);
}

/** Picks at most `count` items evenly, the first and the last among them. */
export function pickEvenly<Item>(items: readonly Item[], count: number): readonly Item[] {
  if (items.length <= count) return items;
  const step = (items.length - 1) / (count - 1);
  return Array.from({ length: count }, (_, index) => items[Math.round(index * step)] as Item);
}
