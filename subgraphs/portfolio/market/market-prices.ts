import { DAY_MS, startOfDay } from '../../shared/clock.ts';
import { Decimal, MAX_FRACTION_DIGITS } from '../../shared/decimal.ts';
import type { CloseSeries } from '../../shared/market-copy.ts';

/** Currencies that are tokens of the registry themselves. */
const QUOTE_ASSETS: Readonly<Record<string, string>> = { BTC: 'bitcoin', ETH: 'ethereum' };
const CLOSES_CURRENCY = 'USD';
/** The currencies that tokens are valued in here; the same as the price subgraph supports. */
export const VALUATION_CURRENCIES: readonly string[] = [CLOSES_CURRENCY, ...Object.keys(QUOTE_ASSETS)];
/** A day that has not closed yet takes the close of the last one that has; at midnight the copy may lag a day. */
const MAX_AGE_DAYS = 2;

/** Whether tokens can be valued in a currency. */
export function isValuationCurrency(currency: string): boolean {
  return VALUATION_CURRENCIES.includes(currency);
}

/** What tokens were worth, by daily closes. */
export interface MarketPrices {
  /**
   * The price of one token at a time: the close of that UTC day, or the last close while that day is open.
   *
   * @returns in `currency`, rounded to 36 digits after the point; undefined when no close is known or the
   *   currency has no rate
   */
  priceAt(tokenId: string, instantMs: number, currency: string): Decimal | undefined;
}

/** @param closes - the newest copy of the daily closes in US dollars, undefined while there is none */
export function createMarketPrices(
  closes: () => Readonly<Record<string, CloseSeries>> | undefined,
): MarketPrices {
  const usdAt = (tokenId: string, instantMs: number): Decimal | undefined => {
    const series = closes()?.[tokenId];
    return series === undefined ? undefined : closeAt(series, instantMs);
  };
  return {
    priceAt(tokenId, instantMs, currency) {
      const price = usdAt(tokenId, instantMs);
      if (price === undefined || currency === CLOSES_CURRENCY) return price;
      const quoteAsset = QUOTE_ASSETS[currency];
      const rate = quoteAsset === undefined ? undefined : usdAt(quoteAsset, instantMs);
      if (rate === undefined || rate.isZero()) return undefined;
      return price.div(rate).toDecimalPlaces(MAX_FRACTION_DIGITS);
    },
  };
}

function closeAt({ from, values }: CloseSeries, instantMs: number): Decimal | undefined {
  const day = (startOfDay(instantMs) - Date.parse(from)) / DAY_MS;
  const newest = values.length - 1;
  if (day > newest + MAX_AGE_DAYS) return undefined;
  const close = values[Math.min(day, newest)];
  return close == null ? undefined : new Decimal(close);
}
