import { badUserInput } from '../../shared/bad-user-input.ts';
import type { TokenId } from '../providers/market-data-provider.ts';

/** The token whose price in US dollars makes the cross rate of a quote currency; null for the dollar itself. */
const QUOTE_TOKENS: ReadonlyMap<string, TokenId | null> = new Map([
  ['USD', null],
  ['BTC', 'bitcoin'],
  ['ETH', 'ethereum'],
]);

/** The currencies that every price can be asked in. */
export const SUPPORTED_CURRENCIES: readonly string[] = [...QUOTE_TOKENS.keys()];

/**
 * Currencies that candles can be asked in: those of prices, and those that recorded candles are quoted in. Candles are
 * never converted, since the high of a pair does not follow from the highs of two others.
 */
const CANDLE_CURRENCIES: readonly string[] = [...SUPPORTED_CURRENCIES, 'USDT'];

/**
 * Checks the quote currency of candles.
 *
 * @throws GraphQLError BAD_USER_INPUT for a currency that is not supported
 */
export function requireCandleCurrency(currency: string): void {
  if (CANDLE_CURRENCIES.includes(currency)) return;
  throw unsupported(currency, CANDLE_CURRENCIES);
}

/**
 * The token behind a quote currency, or null for US dollars.
 *
 * @throws GraphQLError BAD_USER_INPUT for a currency that is not supported
 */
export function quoteTokenOf(currency: string): TokenId | null {
  const tokenId = QUOTE_TOKENS.get(currency);
  if (tokenId !== undefined) return tokenId;
  throw unsupported(currency, SUPPORTED_CURRENCIES);
}

function unsupported(currency: string, supported: readonly string[]): Error {
  return badUserInput(`Argument "currency" expects one of ${supported.join(', ')}, found "${currency}".`);
}
