import { MACD_FAST_PERIOD, MACD_SIGNAL_PERIOD, MACD_SLOW_PERIOD } from './macd.ts';
import { emaSeries } from './moving-average-series.ts';

/** MACD on doubles, one of each a value; NaN where there are too few values. */
export interface MacdSeries {
  readonly line: Float64Array;
  readonly signal: Float64Array;
  readonly histogram: Float64Array;
}

/**
 * Moving average convergence/divergence (12, 26, 9) on doubles, by the rule of `macd`.
 *
 * @param values - ascending in time
 */
export function macdSeries(values: Float64Array): MacdSeries {
  const slow = emaSeries(values, MACD_SLOW_PERIOD);
  const line = emaSeries(values, MACD_FAST_PERIOD).map((fast, index) => fast - (slow[index] as number));
  const signal = emaSeries(line, MACD_SIGNAL_PERIOD);
  return { line, signal, histogram: line.map((value, index) => value - (signal[index] as number)) };
}
