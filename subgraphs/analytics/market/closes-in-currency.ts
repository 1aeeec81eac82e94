import type { Decimal } from '../../shared/decimal.ts';
import type { CloseTable, DayNumber } from './close-table.ts';
import { QUOTE_PLACES, quoteAssetOf } from './quote-assets.ts';

/** Daily closes told in one currency. */
export interface ClosesInCurrency {
  /** The last closed day. */
  readonly lastDay: DayNumber;
  /** The first day from which on a token can be valued; undefined when it never can. */
  firstDayOf(tokenId: string): DayNumber | undefined;
  /** The close of a day as a double; NaN when the token or the currency's own asset has none. */
  numberAt(tokenId: string, day: DayNumber): number;
  /** The last close up to a day, exact in US dollars, else with 18 places; undefined before the first one. */
  lastUpTo(tokenId: string, day: DayNumber): Decimal | undefined;
}

/**
 * Tells daily closes in a currency: a close in bitcoin is the close in US dollars by that day's close of bitcoin.
 *
 * @param currency - one that is supported
 */
export function closesInCurrency(table: CloseTable, currency: string): ClosesInCurrency {
  const quoteAssetId = quoteAssetOf(currency);
  if (quoteAssetId === undefined) {
    return {
      lastDay: table.lastDay,
      firstDayOf: (tokenId) => table.get(tokenId)?.firstTradedDay,
      numberAt: (tokenId, day) => table.get(tokenId)?.numberAt(day) ?? Number.NaN,
      lastUpTo: (tokenId, day) => table.get(tokenId)?.lastUpTo(day),
    };
  }
  const quote = table.get(quoteAssetId);
  return {
    lastDay: table.lastDay,
    firstDayOf(tokenId) {
      const first = table.get(tokenId)?.firstTradedDay;
      const firstQuote = quote?.firstTradedDay;
      return first === undefined || firstQuote === undefined ? undefined : Math.max(first, firstQuote);
    },
    numberAt: (tokenId, day) =>
      (table.get(tokenId)?.numberAt(day) ?? Number.NaN) / (quote?.numberAt(day) ?? Number.NaN),
    lastUpTo(tokenId, day) {
      const close = table.get(tokenId)?.lastUpTo(day);
      const closeOfQuote = quote?.lastUpTo(day);
      if (close === undefined || closeOfQuote === undefined || closeOfQuote.isZero()) return undefined;
      return close.div(closeOfQuote).toDecimalPlaces(QUOTE_PLACES);
    },
  };
}
