import { PERIODS_PER_YEAR } from './periods-per-year.ts';
import { totalReturn } from './returns.ts';

/**
 * Annualised return: (Π (1 + r_t))^(365 / n) - 1, the geometric mean (PerformanceAnalytics, Return.annualized).
 *
 * @param returns - simple daily returns, at least one
 */
export function annualizedReturn(returns: Float64Array): number {
  return (1 + totalReturn(returns)) ** (PERIODS_PER_YEAR / returns.length) - 1;
}

/**
 * Calmar ratio: annualised return / |max drawdown|.
 *
 * @param maxDrawdown - a fraction, zero or negative
 * @returns null when there was no drawdown
 */
export function calmarRatio(returns: Float64Array, maxDrawdown: number): number | null {
  return maxDrawdown === 0 ? null : annualizedReturn(returns) / Math.abs(maxDrawdown);
}
