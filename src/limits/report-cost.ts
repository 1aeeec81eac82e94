import type { CostReport } from '../context.ts';
import { type BudgetLimits, type BudgetState, MICRO, startOfMonth } from './budget/budget.ts';
import type { FieldCost } from './cost/estimate-cost.ts';

/** Where a caller stands, as the answer tells it. */
export function reportCost(
  requested: number,
  actual: number | null,
  { bucketPoints, refillPerSecond, monthPoints }: BudgetLimits,
  { levelMicro, usedPoints, month }: BudgetState,
): CostReport {
  return {
    requested,
    actual,
    bucket: {
      size: bucketPoints,
      available: Math.max(0, Math.floor(levelMicro / MICRO)),
      restoreRate: refillPerSecond,
    },
    month:
      monthPoints === null
        ? null
        : {
            limit: monthPoints,
            remaining: Math.max(0, monthPoints - usedPoints),
            resetAt: new Date(startOfMonth(month + 1)).toISOString().replace('.000Z', 'Z'),
          },
  };
}

/** The estimate by field and by subgraph. */
export function reportBreakdown(costs: readonly FieldCost[]): NonNullable<CostReport['breakdown']> {
  const subgraphs: Record<string, number> = {};
  for (const { subgraph, points } of costs) {
    if (subgraph !== undefined) subgraphs[subgraph] = (subgraphs[subgraph] ?? 0) + points;
  }
  return {
    fields: costs.map(({ path, points, subgraph }) => ({
      path: path.join('.'),
      points,
      ...(subgraph === undefined ? {} : { subgraph }),
    })),
    subgraphs,
  };
}

/**
 * The same as headers.
 *
 * @see https://datatracker.ietf.org/doc/draft-ietf-httpapi-ratelimit-headers/
 */
export function rateLimitHeaders({ bucket, month }: CostReport): Readonly<Record<string, string>> {
  const { size, available, restoreRate } = bucket;
  const fills = (points: number) => (restoreRate > 0 ? Math.ceil(points / restoreRate) : undefined);
  const policies = [
    parameters('bucket', { q: size, w: fills(size) }),
    ...(month === null ? [] : [parameters('month', { q: month.limit, w: 30 * 86_400 })]),
  ];
  return {
    'RateLimit-Policy': policies.join(', '),
    RateLimit: parameters('bucket', { r: available, t: fills(size - available) }),
  };
}

function parameters(name: string, values: Readonly<Record<string, number | undefined>>): string {
  const written = Object.entries(values).map(([key, value]) =>
    value === undefined ? '' : `;${key}=${value}`,
  );
  return `"${name}"${written.join('')}`;
}
