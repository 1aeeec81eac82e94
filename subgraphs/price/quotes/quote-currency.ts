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
 * The token behind a quote currency, or null for US dollars.
 *
 * @throws GraphQLError BAD_USER_INPUT for a currency that is not supported
 */
export function quoteTokenOf(currency: string): TokenId | null {
  const tokenId = QUOTE_TOKENS.get(currency);
  if (tokenId !== undefined) return tokenId;
  throw badUserInput(
    `Argument "currency" expects one of ${SUPPORTED_CURRENCIES.join(', ')}, found "${currency}".`,
  );
}
