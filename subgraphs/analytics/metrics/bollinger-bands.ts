import { type IndicatorDecimal, toIndicatorDecimal } from './indicator-decimal.ts';
import { sma } from './sma.ts';

/** Over how many closes the bands are computed. */
export const BOLLINGER_PERIOD = 20;
/** How far the bands are from the average, in standard deviations. */
export const BOLLINGER_DEVIATIONS = 2;

/** The last bands, unrounded. */
export interface BollingerValues {
  readonly upper: IndicatorDecimal;
  readonly middle: IndicatorDecimal;
  readonly lower: IndicatorDecimal;
  /** %B = (P - lower) / (upper - lower), a fraction; null when the bands have no width. */
  readonly percentB: number | null;
}

/**
 * Bollinger bands (20, 2): SMA20 ± 2 σ with the *population* standard deviation (divisor n) of the same 20 closes
 * (John Bollinger, "Bollinger on Bollinger Bands", 2001).
 *
 * @returns undefined for fewer than 20 values
 */
export function bollingerBands(values: readonly IndicatorDecimal[]): BollingerValues | undefined {
  const middle = sma(values, BOLLINGER_PERIOD);
  const close = values.at(-1);
  if (middle === undefined || close === undefined) return undefined;
  let squares = toIndicatorDecimal(0);
  for (const value of values.slice(-BOLLINGER_PERIOD)) squares = squares.plus(value.minus(middle).pow(2));
  const width = squares.div(BOLLINGER_PERIOD).sqrt().times(BOLLINGER_DEVIATIONS);
  const lower = middle.minus(width);
  return {
    upper: middle.plus(width),
    middle,
    lower,
    percentB: width.isZero() ? null : close.minus(lower).div(width.times(2)).toNumber(),
  };
}
