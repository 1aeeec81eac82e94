import type { BudgetLimits } from './budget.ts';

/** What one of several workers may let an account spend when they cannot ask each other. */
export function shareLimits(limits: BudgetLimits, workers: number): BudgetLimits {
  const { bucketPoints, refillPerSecond, monthPoints } = limits;
  if (workers === 1) return limits;
  return {
    bucketPoints: Math.floor(bucketPoints / workers),
    refillPerSecond: refillPerSecond / workers,
    monthPoints: monthPoints === null ? null : Math.floor(monthPoints / workers),
  };
}
