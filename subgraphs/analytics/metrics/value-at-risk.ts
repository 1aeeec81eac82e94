import { mean } from './mean.ts';
import { quantile } from './quantile.ts';

const TAIL_PROBABILITY = 0.05;

/** Losses are positive, so a negative one is a gain even in the tail. */
export interface TailLoss {
  readonly valueAtRisk95: number;
  readonly conditionalValueAtRisk95: number;
}

/**
 * Historical one-day loss at 95 %: VaR = -Q7(r, 0.05), and CVaR = -mean(r where r ≤ Q7(r, 0.05)), ties included.
 *
 * @param returns - simple daily returns, at least one
 */
export function tailLoss(returns: Float64Array): TailLoss {
  const threshold = quantile(returns, TAIL_PROBABILITY);
  const tail = returns.filter((value) => value <= threshold);
  return { valueAtRisk95: 0 - threshold, conditionalValueAtRisk95: 0 - mean(tail) };
}
