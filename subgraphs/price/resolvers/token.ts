import { requireRange } from '../../shared/bad-user-input.ts';
import type { Decimal } from '../../shared/decimal.ts';
import type { ServedCandle } from '../candles/select-candles.ts';
import { type HistoryRange, RANGE_MS } from '../history/history-range.ts';
import { requireHistory } from '../plan-limits.ts';
import type { PriceContext } from '../price-context.ts';
import type { Price } from '../quotes/cross-rate.ts';
import type { RecordedDeployment, RecordedToken } from '../recording/recording-set.ts';
import { type CandlesArguments, loadCandles } from './candles.ts';
import { loadTokenMarket, type TokenMarketParent } from './token-market.ts';

const MIN_POINTS = 2;
const MAX_POINTS = 200;

interface CurrencyArgument {
  readonly currency: string;
}

interface SparklineArguments extends CurrencyArgument {
  readonly range: HistoryRange;
  readonly points: number;
}

/** Resolvers of `Token`; its parent is the registry's record. */
export const tokenResolvers = {
  __resolveReference({ id }: { id: string }, { registry }: PriceContext): RecordedToken | null {
    return registry.token(id) ?? null;
  },

  deployments(
    { id }: RecordedToken,
    _args: unknown,
    { registry }: PriceContext,
  ): readonly RecordedDeployment[] {
    return registry.deploymentsOf(id);
  },

  price(
    { id }: RecordedToken,
    { currency }: CurrencyArgument,
    { prices }: PriceContext,
  ): Promise<Price | null> {
    return prices.load({ tokenId: id, currency });
  },

  async priceUsd({ id }: RecordedToken, _args: unknown, { prices }: PriceContext): Promise<Decimal | null> {
    return (await prices.load({ tokenId: id, currency: 'USD' }))?.amount ?? null;
  },

  market(
    { id }: RecordedToken,
    { currency }: CurrencyArgument,
    context: PriceContext,
  ): Promise<TokenMarketParent | null> {
    return loadTokenMarket(id, currency, context);
  },

  candles(
    { id }: RecordedToken,
    args: CandlesArguments,
    context: PriceContext,
  ): Promise<readonly ServedCandle[]> {
    return loadCandles(id, args, context);
  },

  async sparkline(
    { id }: RecordedToken,
    { range, points, currency }: SparklineArguments,
    { caller, clock, history }: PriceContext,
  ): Promise<readonly Decimal[] | null> {
    requireRange('points', points, MIN_POINTS, MAX_POINTS);
    requireHistory(caller.tier, RANGE_MS[range], clock.now());
    return history.sparkline(id, range, currency, points);
  },
};
