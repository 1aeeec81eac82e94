/** The currencies that amounts can be told in besides US dollars, each by the token that it is. */
const QUOTE_ASSETS: Readonly<Record<string, string>> = { BTC: 'bitcoin', ETH: 'ethereum' };

/** The currency that the price subgraph's documents are in. */
export const DOCUMENT_CURRENCY = 'USD';

/** All currencies that amounts can be told in. */
export const SUPPORTED_CURRENCIES: readonly string[] = [DOCUMENT_CURRENCY, ...Object.keys(QUOTE_ASSETS)];

/** Whether amounts can be told in a currency. */
export function isSupportedCurrency(currency: string): boolean {
  return SUPPORTED_CURRENCIES.includes(currency);
}

/** The token whose price converts US dollars to a currency; undefined for US dollars themselves. */
export function quoteAssetOf(currency: string): string | undefined {
  return QUOTE_ASSETS[currency];
}

/** How many digits after the point a price in another currency than US dollars has, as in the price subgraph. */
export const QUOTE_PLACES = 18;
