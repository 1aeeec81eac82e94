import { requireRange } from '../../shared/bad-user-input.ts';
import type { AnalyticsContext } from '../context.ts';
import type { AnalyticsWindow } from '../market/analytics-window.ts';
import type { BarInterval } from '../market/bars.ts';
import { type IndicatorQuestion, indicatorSeries } from '../market/indicator-series.ts';
import type { RiskQuestion } from '../market/risk-metrics.ts';
import { returnCorrelation, windowReturns } from '../market/token-correlation.ts';
import { requireIndicatorQuestion, requireRiskQuestion, requireTokenIds } from './arguments.ts';

interface TokenReference {
  readonly id: string;
}

const MAX_POINTS = 500;
const CORRELATED_TOKENS = { min: 1, max: 20 };

/** The analytics subgraph's part of a token; all of it is null for a token that does not exist. */
export const tokenResolvers = {
  __resolveReference: ({ id }: TokenReference): TokenReference => ({ id }),

  risk({ id }: TokenReference, question: RiskQuestion, { market }: AnalyticsContext) {
    const data = market();
    return data.figures.riskOf(id, requireRiskQuestion(question, data));
  },

  indicators({ id }: TokenReference, { interval }: { interval: BarInterval }, { market }: AnalyticsContext) {
    return market().barsOf(interval).indicatorsOf(id, interval);
  },

  indicatorSeries(
    { id }: TokenReference,
    args: { readonly indicator: IndicatorQuestion; readonly interval: BarInterval; readonly last: number },
    { market }: AnalyticsContext,
  ) {
    const indicator = requireIndicatorQuestion(args.indicator);
    const last = requireRange('last', args.last, 1, MAX_POINTS);
    const bars = market().barsOf(args.interval).columnsOf(id, args.interval);
    return bars === null ? null : indicatorSeries(bars, indicator, last);
  },

  async grades({ id }: TokenReference, _args: unknown, { market }: AnalyticsContext) {
    const { grades } = await market().universe;
    return grades.get(id) ?? null;
  },

  signal: ({ id }: TokenReference, _args: unknown, { market }: AnalyticsContext) =>
    market().figures.signalOf(id),

  levels: ({ id }: TokenReference, _args: unknown, { market }: AnalyticsContext) =>
    market().figures.levelsOf(id),

  correlations(
    { id }: TokenReference,
    args: { readonly with: readonly string[]; readonly window: AnalyticsWindow },
    { market }: AnalyticsContext,
  ) {
    const data = market();
    const otherIds = requireTokenIds('with', args.with, CORRELATED_TOKENS, data);
    if (!data.tokens.has(id)) return null;
    const returns = windowReturns(data.closes, id, args.window);
    return otherIds.map((otherId) => ({
      token: { id: otherId },
      ...returnCorrelation(returns, windowReturns(data.closes, otherId, args.window)),
    }));
  },
};
