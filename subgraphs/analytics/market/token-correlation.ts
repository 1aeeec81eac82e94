import { commonObservations, correlation, MIN_OBSERVATIONS } from '../metrics/correlation.ts';
import { simpleReturns } from '../metrics/returns.ts';
import { type AnalyticsWindow, WINDOW_RETURNS } from './analytics-window.ts';
import type { CloseTable } from './close-table.ts';

/** The simple returns of a token on each day of a window; NaN on days without one. */
export function windowReturns(closes: CloseTable, tokenId: string, window: AnalyticsWindow): Float64Array {
  const daily = closes.get(tokenId);
  const length = WINDOW_RETURNS[window] + 1;
  const firstDay = closes.lastDay - length + 1;
  return simpleReturns(
    Float64Array.from({ length }, (_, index) => daily?.numberAt(firstDay + index) ?? Number.NaN),
  );
}

/**
 * Pearson's correlation of two tokens' returns on their common days.
 *
 * @param xs - window returns, as of `windowReturns`
 * @returns coefficient null when fewer than 30 days overlap, or one of the two never moved
 */
export function returnCorrelation(
  xs: Float64Array,
  ys: Float64Array,
): { readonly coefficient: number | null; readonly observations: number } {
  const common = commonObservations(xs, ys);
  const coefficient = common.observations < MIN_OBSERVATIONS ? null : correlation(common.xs, common.ys);
  return { coefficient, observations: common.observations };
}
