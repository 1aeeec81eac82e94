import { type IndicatorDecimal, toIndicatorDecimal } from './indicator-decimal.ts';

/**
 * Simple moving average: the mean of the last n values; one division, so the sum is exact.
 *
 * @returns undefined for fewer than n values
 */
export function sma(values: readonly IndicatorDecimal[], period: number): IndicatorDecimal | undefined {
  if (values.length < period) return undefined;
  let sum = toIndicatorDecimal(0);
  for (const value of values.slice(-period)) sum = sum.plus(value);
  return sum.div(period);
}
