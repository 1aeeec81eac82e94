import { calmarRatio } from './annualized-return.ts';
import { annualizedVolatility } from './annualized-volatility.ts';
import { beta } from './beta.ts';
import { commonObservations, correlation, MIN_OBSERVATIONS } from './correlation.ts';
import { dailyRate } from './daily-rate.ts';
import { type Drawdown, maxDrawdown } from './max-drawdown.ts';
import { logReturns, simpleReturns, totalReturn } from './returns.ts';
import { sharpeRatio } from './sharpe-ratio.ts';
import { sortinoRatio } from './sortino-ratio.ts';
import { type TailLoss, tailLoss } from './value-at-risk.ts';

export interface RiskInput {
  /** Positive daily closes without a gap, ascending in time. */
  readonly closes: Float64Array;
  /** The benchmark's closes of the same days; NaN where it has none. */
  readonly benchmarkCloses: Float64Array;
  /** A fraction a year. */
  readonly riskFreeRate: number;
}

/** All risk statistics of one series; fractions, null where a denominator is zero. */
export interface RiskStatistics extends TailLoss {
  /** How many returns went in. */
  readonly observations: number;
  readonly totalReturn: number;
  readonly annualizedVolatility: number;
  readonly sharpeRatio: number | null;
  readonly sortinoRatio: number | null;
  readonly drawdown: Drawdown;
  readonly calmarRatio: number | null;
  readonly beta: number | null;
  readonly correlation: number | null;
}

/**
 * Computes the risk statistics of a series of daily closes.
 *
 * @returns null for fewer than 30 returns: annualised figures of less mislead
 */
export function riskStatistics({ closes, benchmarkCloses, riskFreeRate }: RiskInput): RiskStatistics | null {
  const returns = simpleReturns(closes);
  if (returns.length < MIN_OBSERVATIONS) return null;
  const dailyRiskFreeRate = dailyRate(riskFreeRate);
  const drawdown = maxDrawdown(closes);
  const common = commonObservations(returns, simpleReturns(benchmarkCloses));
  const isComparable = common.observations >= MIN_OBSERVATIONS;
  return {
    observations: returns.length,
    totalReturn: totalReturn(returns),
    annualizedVolatility: annualizedVolatility(logReturns(closes)),
    sharpeRatio: sharpeRatio(returns, dailyRiskFreeRate),
    sortinoRatio: sortinoRatio(returns, dailyRiskFreeRate),
    drawdown,
    calmarRatio: calmarRatio(returns, drawdown.depth),
    beta: isComparable ? beta(common.xs, common.ys) : null,
    correlation: isComparable ? correlation(common.xs, common.ys) : null,
    ...tailLoss(returns),
  };
}
