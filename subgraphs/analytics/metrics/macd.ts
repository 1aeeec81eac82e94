import { ema } from './ema.ts';
import type { IndicatorDecimal } from './indicator-decimal.ts';

/** Of the exponential averages that MACD compares. */
export const MACD_FAST_PERIOD = 12;
export const MACD_SLOW_PERIOD = 26;
/** Of the average of their difference. */
export const MACD_SIGNAL_PERIOD = 9;

/** The last value of MACD and of what is derived from it, unrounded. */
export interface MacdValues {
  readonly line: IndicatorDecimal;
  readonly signal: IndicatorDecimal | null;
  readonly histogram: IndicatorDecimal | null;
}

/**
 * Moving average convergence/divergence (12, 26, 9) of Gerald Appel: line = EMA12 - EMA26, each seeded on its own
 * first values; signal = EMA9 of the line, seeded with its first 9; histogram = line - signal.
 *
 * TA-Lib aligns the fast seed with the slow one, so that its first values differ.
 *
 * @param fast - EMA12 of all closes, as of `ema`
 * @param slow - EMA26 of the same closes
 * @returns undefined for fewer than 26 closes; signal and histogram null for fewer than 34
 */
export function macd(
  fast: readonly IndicatorDecimal[],
  slow: readonly IndicatorDecimal[],
): MacdValues | undefined {
  const fastOfSameBars = fast.slice(MACD_SLOW_PERIOD - MACD_FAST_PERIOD);
  const lines = slow.map((average, index) => (fastOfSameBars[index] as IndicatorDecimal).minus(average));
  const line = lines.at(-1);
  if (line === undefined) return undefined;
  const signal = ema(lines, MACD_SIGNAL_PERIOD).at(-1) ?? null;
  return { line, signal, histogram: signal === null ? null : line.minus(signal) };
}
