import type { Decimal } from '../../shared/decimal.ts';
import { sumDecimals } from '../../shared/decimal.ts';
import type { Price } from '../quotes/cross-rate.ts';

/** A quantity of a token with its latest price, or null when it has none. */
export interface PricedPosition {
  readonly tokenId: string;
  readonly quantity: Decimal;
  readonly price: Price | null;
}

/** What a portfolio is worth; exact amounts in its base currency. */
export interface Valuation {
  readonly value: Decimal;
  /** At today's quantities; null when a price of 24 hours ago is not known. */
  readonly change24h: Decimal | null;
  /** A fraction; null where there was no value before. */
  readonly change24hRatio: number | null;
  /** The age of the oldest price that went in, in milliseconds; now when none did. */
  readonly asOfMs: number;
  readonly unpricedTokenIds: readonly string[];
}

/** What a quantity is worth: quantity times price, exact. */
export function valueAtPrice(quantity: Decimal, price: Price): Decimal {
  return quantity.times(price.amount);
}

/** What a quantity gained or lost in 24 hours: quantity times (price now less price then); null when then is unknown. */
export function valueChangeAtPrice(quantity: Decimal, { amount, dayAgo }: Price): Decimal | null {
  return dayAgo === null ? null : quantity.times(amount.minus(dayAgo));
}

/**
 * Values positions together. A position without a price is named, never counted as 0; one without a quantity is
 * left out.
 */
export function valuePositions(positions: readonly PricedPosition[], nowMs: number): Valuation {
  const held = positions.filter(({ quantity }) => !quantity.isZero());
  const priced = held.flatMap(({ quantity, price }) => (price === null ? [] : [{ quantity, price }]));
  const value = sumDecimals(priced.map(({ quantity, price }) => valueAtPrice(quantity, price)));
  const changes = priced.map(({ quantity, price }) => valueChangeAtPrice(quantity, price));
  const known = changes.filter((change) => change !== null);
  const change24h = known.length === changes.length ? sumDecimals(known) : null;
  return {
    value,
    change24h,
    change24hRatio: ratioOf(value, change24h),
    asOfMs: Math.min(nowMs, ...priced.map(({ price }) => price.asOfMs)),
    unpricedTokenIds: [...new Set(held.filter(({ price }) => price === null).map(({ tokenId }) => tokenId))],
  };
}

function ratioOf(value: Decimal, change: Decimal | null): number | null {
  if (change === null) return null;
  const before = value.minus(change);
  return before.isZero() ? null : change.dividedBy(before).toNumber();
}
