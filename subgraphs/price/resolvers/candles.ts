import { badUserInput, requireRange } from '../../shared/bad-user-input.ts';
import type { CandleInterval } from '../candles/candle-interval.ts';
import type { ServedCandle } from '../candles/select-candles.ts';
import { requireCandleInterval, requireHistorySince } from '../plan-limits.ts';
import type { PriceContext } from '../price-context.ts';
import { requireCandleCurrency } from '../quotes/quote-currency.ts';

const MAX_CANDLES = 1000;

/** The arguments of `Token.candles`. */
export interface CandlesArguments {
  readonly interval: CandleInterval;
  readonly from: Date;
  readonly to?: Date | null;
  readonly currency: string;
  readonly fillGaps: boolean;
  readonly limit: number;
}

/**
 * Looks up the candles of a token.
 *
 * @throws GraphQLError BAD_USER_INPUT for arguments out of range, PLAN_RESTRICTED for what the plan does not include
 */
export function loadCandles(
  tokenId: string,
  { interval, from, to, currency, fillGaps, limit }: CandlesArguments,
  { caller, clock, candles }: PriceContext,
): Promise<readonly ServedCandle[]> {
  const nowMs = clock.now();
  const fromMs = from.getTime();
  requireRange('limit', limit, 1, MAX_CANDLES);
  requireCandleCurrency(currency);
  if (fromMs > nowMs) {
    throw badUserInput(`Argument "from" expects an instant in the past, found ${from.toISOString()}.`);
  }
  if (to != null && to <= from) {
    throw badUserInput(`Argument "to" expects an instant after "from", found ${to.toISOString()}.`);
  }
  requireCandleInterval(caller.tier, interval);
  requireHistorySince(caller.tier, fromMs, nowMs);
  const toMs = to == null ? nowMs : to.getTime();
  return candles.candles(tokenId, { interval, currency, fromMs, toMs, fillGaps, limit });
}

/** Resolvers of `Candle`. */
export const candleResolvers = {
  openTime: ({ openMs }: ServedCandle): Date => new Date(openMs),
};
