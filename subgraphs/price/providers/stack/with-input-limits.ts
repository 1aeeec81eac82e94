import type { MarketDataProvider, TokenId } from '../market-data-provider.ts';

/** Identifiers become parts of addresses upstream: nothing else than these characters may reach there. */
const TOKEN_ID = /^[a-z0-9][a-z0-9._-]{0,99}$/;

/**
 * Keeps what a provider cannot take away from it: unknown currencies, too many ids, ids that are none.
 * Statistics and sparklines of many tokens are asked for in several calls.
 *
 * @throws RangeError, as a rejection: callers are to keep to the capabilities
 */
export function withInputLimits(provider: MarketDataProvider): MarketDataProvider {
  const { maxIdsPerQuote, currencies } = provider.capabilities;
  return {
    ...provider,
    get remainingQuota() {
      return provider.remainingQuota;
    },
    async quotes(ids, currency, signal) {
      if (ids.length > maxIdsPerQuote) {
        throw new RangeError(`Expected at most ${maxIdsPerQuote} tokens in a call, found ${ids.length}.`);
      }
      if (!currencies.includes(currency)) {
        throw new RangeError(`Expected one of the currencies ${currencies.join(', ')}, found ${currency}.`);
      }
      ids.forEach(requireTokenId);
      return provider.quotes(ids, currency, signal);
    },
    async statistics(ids, signal) {
      return inPages(ids, maxIdsPerQuote, (page) => provider.statistics(page, signal));
    },
    async sparklines(ids, signal) {
      return inPages(ids, maxIdsPerQuote, (page) => provider.sparklines(page, signal));
    },
    async closes(id, interval, signal) {
      requireTokenId(id);
      return provider.closes(id, interval, signal);
    },
    async candles(id, query, signal) {
      requireTokenId(id);
      return provider.candles(id, query, signal);
    },
  };
}

async function inPages<Value>(
  ids: readonly TokenId[],
  pageSize: number,
  ask: (page: readonly TokenId[]) => Promise<ReadonlyMap<TokenId, Value>>,
): Promise<Map<TokenId, Value>> {
  ids.forEach(requireTokenId);
  const pages: Promise<ReadonlyMap<TokenId, Value>>[] = [];
  for (let start = 0; start < ids.length; start += pageSize) {
    pages.push(ask(ids.slice(start, start + pageSize)));
  }
  return new Map((await Promise.all(pages)).flatMap((page) => [...page]));
}

function requireTokenId(id: TokenId): void {
  if (!TOKEN_ID.test(id))
    throw new RangeError(`Expected the identifier of a token, found "${id.slice(0, 40)}".`);
}
