import type { IndicatorDecimal } from './indicator-decimal.ts';
import { sma } from './sma.ts';

/**
 * Exponential moving average: seeded with the simple average of the first n values, then
 * e = e + k (P - e) with k = 2 / (n + 1) (as TA-Lib and StockCharts; libraries that seed with the first price
 * give other numbers for hundreds of bars).
 *
 * @param values - ascending in time
 * @returns one average a value from the n-th value on; empty for fewer than n values
 */
export function ema(values: readonly IndicatorDecimal[], period: number): IndicatorDecimal[] {
  let average = sma(values.slice(0, period), period);
  if (average === undefined) return [];
  const averages = [average];
  for (const value of values.slice(period)) {
    average = average.plus(
      value
        .minus(average)
        .times(2)
        .div(period + 1),
    );
    averages.push(average);
  }
  return averages;
}
