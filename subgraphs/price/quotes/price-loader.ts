import DataLoader from 'dataloader';
import type { TokenId } from '../providers/market-data-provider.ts';
import type { TokenRegistry } from '../registry/token-registry.ts';
import { type Price, priceIn } from './cross-rate.ts';
import type { BookedQuote, QuoteBook } from './quote-book.ts';
import { quoteTokenOf } from './quote-currency.ts';

export interface PriceKey {
  readonly tokenId: TokenId;
  readonly currency: string;
}

/** The prices of one operation: each pair of token and currency is looked up once, all of them together. */
export type PriceLoader = DataLoader<PriceKey, Price | null, string>;

/**
 * Makes the loader of one operation. Tokens that are not priced answer null without a look-up; an unsupported
 * currency or a quote that is not to be had fails its own keys only.
 */
export function createPriceLoader(book: QuoteBook, registry: TokenRegistry): PriceLoader {
  return new DataLoader<PriceKey, Price | null, string>(
    async (keys) => {
      const parts = keys.map((key) => attempt(() => quotedTokens(key, registry)));
      const quotes = await book.quotes(parts.flatMap((part) => (part instanceof Error ? [] : part)));
      return keys.map(({ currency }, index) => {
        const part = parts[index];
        if (part instanceof Error) return part;
        const found = part?.map((id) => quotes.get(id) ?? null) ?? [];
        const failure = found.find((quote) => quote instanceof Error);
        if (failure !== undefined) return failure;
        const [quote, quoteCurrency] = found as (BookedQuote | null)[];
        if (quote == null || quoteCurrency === null) return null;
        return priceIn(currency, quote, quoteCurrency);
      });
    },
    { cacheKeyFn: ({ tokenId, currency }) => `${currency}:${tokenId}` },
  );
}

/** The tokens whose quotes make a price: the token itself, and the one behind the currency. */
function quotedTokens({ tokenId, currency }: PriceKey, registry: TokenRegistry): TokenId[] {
  const quoteToken = quoteTokenOf(currency);
  if (registry.token(tokenId)?.status !== 'ACTIVE') return [];
  return quoteToken === null ? [tokenId] : [tokenId, quoteToken];
}

function attempt<Value>(run: () => Value): Value | Error {
  try {
    return run();
  } catch (error) {
    return error instanceof Error ? error : new Error(String(error));
  }
}
