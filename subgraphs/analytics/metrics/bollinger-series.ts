import { BOLLINGER_DEVIATIONS } from './bollinger-bands.ts';
import { sampleVariance } from './covariance.ts';
import { smaSeries } from './moving-average-series.ts';

/** Bands on doubles, one of each a value; NaN where there are too few values. */
export interface BollingerSeries {
  readonly middle: Float64Array;
  readonly upper: Float64Array;
  readonly lower: Float64Array;
}

/**
 * Bollinger bands on doubles, by the rule of `bollingerBands`: SMA ± 2 population standard deviations of the same n
 * values (John Bollinger, "Bollinger on Bollinger Bands", 2001).
 *
 * @param values - ascending in time
 * @param period - n, at least 2
 */
export function bollingerSeries(values: Float64Array, period: number): BollingerSeries {
  const middle = smaSeries(values, period);
  const widths = values.map((_, index) => {
    if (index < period - 1) return Number.NaN;
    const variance = sampleVariance(values.subarray(index + 1 - period, index + 1));
    return BOLLINGER_DEVIATIONS * Math.sqrt((variance * (period - 1)) / period);
  });
  return {
    middle,
    upper: middle.map((value, index) => value + (widths[index] as number)),
    lower: middle.map((value, index) => value - (widths[index] as number)),
  };
}
