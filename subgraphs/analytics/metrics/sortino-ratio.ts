import { mean } from './mean.ts';
import { PERIODS_PER_YEAR } from './periods-per-year.ts';

/**
 * Downside deviation: √(Σ min(0, r - mar)² / n), where n counts *all* observations (Sortino and Price,
 * "Performance Measurement in a Downside Risk Framework", Journal of Investing, 1994).
 *
 * @param returns - simple daily returns, at least one
 * @param minimumAcceptableReturn - mar, a fraction a day
 */
export function downsideDeviation(returns: Float64Array, minimumAcceptableReturn: number): number {
  let sum = 0;
  for (const value of returns) sum += Math.min(0, value - minimumAcceptableReturn) ** 2;
  return Math.sqrt(sum / returns.length);
}

/**
 * Sortino ratio: mean(r - mar) / downside deviation · √365 (Sortino and Price 1994).
 *
 * @returns null when no return was below the minimum
 */
export function sortinoRatio(returns: Float64Array, minimumAcceptableReturn: number): number | null {
  const deviation = downsideDeviation(returns, minimumAcceptableReturn);
  if (deviation === 0) return null;
  const excess = returns.map((value) => value - minimumAcceptableReturn);
  return (mean(excess) / deviation) * Math.sqrt(PERIODS_PER_YEAR);
}
