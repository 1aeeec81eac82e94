import { sampleStandardDeviation } from './covariance.ts';
import { mean } from './mean.ts';
import { PERIODS_PER_YEAR } from './periods-per-year.ts';

/**
 * Sharpe ratio: mean(r - f) / s(r - f) · √365.
 *
 * The denominator is the deviation of the *excess* return (Sharpe, "The Sharpe Ratio", Journal of Portfolio
 * Management, 1994).
 *
 * @param returns - simple daily returns, at least two
 * @param dailyRiskFreeRate - a fraction a day
 * @returns null when the excess return does not vary
 */
export function sharpeRatio(returns: Float64Array, dailyRiskFreeRate: number): number | null {
  const excess = returns.map((value) => value - dailyRiskFreeRate);
  const deviation = sampleStandardDeviation(excess);
  return deviation === 0 ? null : (mean(excess) / deviation) * Math.sqrt(PERIODS_PER_YEAR);
}
