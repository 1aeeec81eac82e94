import type { AnalyticsContext } from '../context.ts';
import type { RiskQuestion } from '../market/risk-metrics.ts';
import { type AllocationDimension, allocation } from '../portfolio/allocation.ts';
import { portfolioPerformance } from '../portfolio/performance.ts';
import type { PerformanceRange } from '../portfolio/performance-span.ts';
import { portfolioRisk } from '../portfolio/portfolio-risk.ts';
import { readLedger, readPositions } from '../portfolio/representation.ts';
import { requireRiskQuestion } from './arguments.ts';

/**
 * The analytics subgraph's part of a portfolio. Ownership was checked where the representation comes from: the
 * portfolio subgraph hands positions and ledger to their owner's operations alone.
 */
export const portfolioResolvers = {
  allocation: (
    representation: unknown,
    { by }: { readonly by: AllocationDimension },
    { market }: AnalyticsContext,
  ) => allocation(readPositions(representation), by, market()),

  risk(representation: unknown, question: RiskQuestion, { market }: AnalyticsContext) {
    const data = market();
    return portfolioRisk(readPositions(representation), requireRiskQuestion(question, data), data);
  },

  performance: (
    representation: unknown,
    { range }: { readonly range: PerformanceRange },
    { market }: AnalyticsContext,
  ) => portfolioPerformance(readLedger(representation), range, market()),
};
