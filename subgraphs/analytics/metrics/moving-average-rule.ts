import { sampleStandardDeviation } from './covariance.ts';
import { errorFunction } from './error-function.ts';
import { mean } from './mean.ts';
import { logReturns } from './returns.ts';

/** A direction of trade; names as in the SDL. */
export type Direction = 'BULLISH' | 'NEUTRAL' | 'BEARISH';

/** Over how many closes the rule's average is taken. */
export const RULE_PERIOD = 200;
const BAND = 0.01;

/**
 * The variable-length moving average rule (1, 200, 1%) of Brock, Lakonishok and LeBaron ("Simple Technical Trading
 * Rules and the Stochastic Properties of Stock Returns", Journal of Finance, 1992): a close above its 200-day
 * average is a buy, one below it a sell, and within 1% of the average there is no view.
 *
 * @param closes - positive, ascending in time
 * @param index - of the close to judge, at least 199
 */
export function movingAverageRule(closes: Float64Array, index: number): Direction {
  const average = mean(windowUpTo(closes, index));
  const distance = (closes[index] as number) / average - 1;
  if (distance > BAND) return 'BULLISH';
  return distance < -BAND ? 'BEARISH' : 'NEUTRAL';
}

/**
 * How unlike chance a close's distance from its 200-day average is: the probability that a random walk without
 * drift, of the same volatility, would stand nearer to its own average.
 *
 * For log closes x the distance D = x_t - mean(x_(t-n+1) … x_t) is Σ_(m=1)^(n-1) (m/n) l, a weighted sum of the n - 1
 * log returns l, so that a random walk has var D = σ² (n - 1)(2n - 1) / (6n), and the probability is
 * erf(|D| / √(2 var D)), with σ the sample standard deviation of those returns.
 *
 * @param closes - positive, ascending in time
 * @param index - of the close to judge, at least 199
 * @returns 0 to 1; 0 when the closes do not vary
 */
export function trendProbability(closes: Float64Array, index: number): number {
  const window = windowUpTo(closes, index);
  const deviation = sampleStandardDeviation(logReturns(window));
  if (deviation === 0) return 0;
  const logs = window.map(Math.log);
  const n = RULE_PERIOD;
  const distance = Math.abs((logs.at(-1) as number) - mean(logs));
  const deviationOfDistance = deviation * Math.sqrt(((n - 1) * (2 * n - 1)) / (6 * n));
  return errorFunction(distance / (Math.SQRT2 * deviationOfDistance));
}

function windowUpTo(closes: Float64Array, index: number): Float64Array {
  return closes.subarray(index + 1 - RULE_PERIOD, index + 1);
}
