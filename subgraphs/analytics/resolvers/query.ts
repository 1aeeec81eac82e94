import type { AnalyticsContext } from '../context.ts';
import type { AnalyticsWindow } from '../market/analytics-window.ts';
import { returnCorrelation, windowReturns } from '../market/token-correlation.ts';
import { requireCurrency, requireTokenIds } from './arguments.ts';
import { findMarketIndex } from './market-index.ts';
import { researchReports } from './research-report.ts';

const MATRIX_TOKENS = { min: 2, max: 20 };

export const queryResolvers = {
  marketOverview(_root: unknown, args: { readonly currency: string }, { market }: AnalyticsContext) {
    const currency = requireCurrency('currency', args.currency);
    const { latest } = market();
    const totals = latest.totalsIn(currency);
    if (totals === undefined) throw new Error(`no price of ${currency} to tell totals in`);
    return {
      totalMarketCap: { amount: totals.marketCap, currency },
      marketCapChange24h: totals.marketCapChange24h,
      totalVolume24h: { amount: totals.volume24h, currency },
      dominance: latest.dominance().map(({ tokenId, weight }) => ({ token: { id: tokenId }, weight })),
      asOf: latest.asOf,
    };
  },

  async marketIndices(_root: unknown, _args: unknown, { market }: AnalyticsContext) {
    const { indices } = await market().universe;
    return [...indices.values()];
  },

  marketIndex: (_root: unknown, args: { readonly id: string }, context: AnalyticsContext) =>
    findMarketIndex(args, context),

  researchReports,

  correlationMatrix(
    _root: unknown,
    args: { readonly tokenIds: readonly string[]; readonly window: AnalyticsWindow },
    { market }: AnalyticsContext,
  ) {
    const data = market();
    const ids = requireTokenIds('tokenIds', args.tokenIds, MATRIX_TOKENS, data);
    const series = ids.map((id) => windowReturns(data.closes, id, args.window));
    const rows: (number | null)[][] = ids.map(() => []);
    let observations = 0;
    for (const [row, xs] of series.entries()) {
      (rows[row] as (number | null)[])[row] = 1;
      for (const [column, ys] of series.entries()) {
        if (column <= row) continue;
        const pair = returnCorrelation(xs, ys);
        observations = Math.max(observations, pair.observations);
        (rows[row] as (number | null)[])[column] = pair.coefficient;
        (rows[column] as (number | null)[])[row] = pair.coefficient;
      }
    }
    return { tokens: ids.map((id) => ({ id })), rows, observations };
  },
};
