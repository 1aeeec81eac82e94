import { sampleStandardDeviation } from './covariance.ts';
import { PERIODS_PER_YEAR } from './periods-per-year.ts';

/**
 * Annualised volatility: s(l) √365, with the sample standard deviation of log returns (PerformanceAnalytics,
 * StdDev.annualized with scale 365).
 *
 * @param logReturns - daily, at least two
 */
export function annualizedVolatility(logReturns: Float64Array): number {
  return sampleStandardDeviation(logReturns) * Math.sqrt(PERIODS_PER_YEAR);
}
