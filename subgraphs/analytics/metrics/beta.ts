import { sampleCovariance, sampleVariance } from './covariance.ts';

/**
 * Beta: cov(a - f, b - f) / var(b - f), sample moments (PerformanceAnalytics, CAPM.beta). The risk-free rate f is
 * the same every day and so cancels out.
 *
 * @param returns - a: simple returns
 * @param benchmarkReturns - b: simple returns of the same days
 * @returns null when the benchmark does not vary
 */
export function beta(returns: Float64Array, benchmarkReturns: Float64Array): number | null {
  const variance = sampleVariance(benchmarkReturns);
  return variance === 0 ? null : sampleCovariance(returns, benchmarkReturns) / variance;
}
