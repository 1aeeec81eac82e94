import { Decimal } from '../../shared/decimal.ts';
import type { BookedQuote } from './quote-book.ts';

/** Digits after the point of a price that is not the source's own but a quotient; ties go to the even digit. */
const CROSS_RATE_PLACES = 18;

/** The latest price of a token in the currency of the caller's choice. */
export interface Price extends BookedQuote {
  readonly currency: string;
}

/**
 * Divides two amounts in US dollars: the price of the first in units of the second, rounded half to even to 18
 * digits after the point.
 *
 * @returns null where one of them is not known, or the second is 0
 */
export function crossRate(usd: Decimal | null, quoteUsd: Decimal | null): Decimal | null {
  if (usd === null || quoteUsd === null || quoteUsd.isZero()) return null;
  return usd.dividedBy(quoteUsd).toDecimalPlaces(CROSS_RATE_PLACES, Decimal.ROUND_HALF_EVEN);
}

/**
 * Expresses a quote in another currency.
 *
 * @param quote - in US dollars
 * @param quoteCurrency - what one unit of the currency costs in US dollars; undefined for US dollars
 * @returns null when there is no cross rate; the price is as old as the older of the two
 */
export function priceIn(currency: string, quote: BookedQuote, quoteCurrency?: BookedQuote): Price | null {
  if (quoteCurrency === undefined) return { ...quote, currency };
  const amount = crossRate(quote.amount, quoteCurrency.amount);
  if (amount === null) return null;
  return {
    ...quote,
    currency,
    amount,
    hourAgo: crossRate(quote.hourAgo, quoteCurrency.hourAgo),
    dayAgo: crossRate(quote.dayAgo, quoteCurrency.dayAgo),
    weekAgo: crossRate(quote.weekAgo, quoteCurrency.weekAgo),
    asOfMs: Math.min(quote.asOfMs, quoteCurrency.asOfMs),
    intervalMs: Math.max(quote.intervalMs, quoteCurrency.intervalMs),
    isLastKnown: quote.isLastKnown || quoteCurrency.isLastKnown,
  };
}

/** A relative change as a fraction (0.0125 is +1.25 %); null where the price before is not known. */
export function changeSince(amount: Decimal, before: Decimal | null): number | null {
  return before === null || before.isZero() ? null : amount.dividedBy(before).minus(1).toNumber();
}
