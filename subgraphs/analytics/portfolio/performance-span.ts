import { DAY_MS } from '../../shared/clock.ts';
import type { DayNumber } from '../market/close-table.ts';

/** The span of a performance report; names as in the SDL. */
export type PerformanceRange =
  | 'ONE_DAY'
  | 'ONE_WEEK'
  | 'ONE_MONTH'
  | 'THREE_MONTHS'
  | 'YEAR_TO_DATE'
  | 'ONE_YEAR'
  | 'ALL';

const SPAN_DAYS = { ONE_DAY: 1, ONE_WEEK: 7, ONE_MONTH: 30, THREE_MONTHS: 90, ONE_YEAR: 365 } as const;

/** Both ends are midnights in UTC, told as the day that begins there; equal when no day has closed in between. */
export interface PerformanceSpan {
  readonly from: DayNumber;
  readonly to: DayNumber;
}

/**
 * Finds the midnights between which performance is measured; the last one ends the last closed day.
 *
 * @param firstEntryMs - when the ledger begins, in milliseconds since the epoch
 */
export function performanceSpan(
  range: PerformanceRange,
  lastClosedDay: DayNumber,
  firstEntryMs: number,
): PerformanceSpan {
  const to = lastClosedDay + 1;
  if (range === 'ALL') return { from: Math.min(to, Math.floor(firstEntryMs / DAY_MS)), to };
  if (range === 'YEAR_TO_DATE') {
    const year = new Date(to * DAY_MS).getUTCFullYear();
    return { from: Date.UTC(year, 0, 1) / DAY_MS, to };
  }
  return { from: to - SPAN_DAYS[range], to };
}
