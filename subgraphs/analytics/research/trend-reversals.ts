import type { DailyCloses, DayNumber } from '../market/close-table.ts';
import { tradedDays } from '../market/trading-signal.ts';
import { type Direction, movingAverageRule, RULE_PERIOD } from '../metrics/moving-average-rule.ts';

/** A day at whose close the moving average rule turned from one side to the other. */
export interface TrendReversal {
  readonly day: DayNumber;
  readonly direction: Exclude<Direction, 'NEUTRAL'>;
  /** The day of the reversal before, or of the first view. */
  readonly previousDay: DayNumber;
  /** The days that the average was taken of, the last one included. */
  readonly averagedDays: readonly DayNumber[];
}

/**
 * The reversals of the moving average rule (`movingAverageRule`) of a token, ascending in time. Days without a view
 * do not count: from a buy over no view back to a buy is no reversal, and the first view is none either.
 *
 * @param fromDay - reversals before it are left out
 */
export function trendReversals(daily: DailyCloses, fromDay: DayNumber, lastDay: DayNumber): TrendReversal[] {
  const { days, closes } = tradedDays(daily, lastDay);
  const reversals: TrendReversal[] = [];
  let view: { readonly direction: Direction; readonly day: DayNumber } | undefined;
  for (let index = RULE_PERIOD - 1; index < closes.length; index++) {
    const direction = movingAverageRule(closes, index);
    if (direction === 'NEUTRAL' || direction === view?.direction) continue;
    const day = days[index] as DayNumber;
    if (view !== undefined && day >= fromDay) {
      const averagedDays = days.slice(index + 1 - RULE_PERIOD, index + 1);
      reversals.push({ day, direction, previousDay: view.day, averagedDays });
    }
    view = { direction, day };
  }
  return reversals;
}
