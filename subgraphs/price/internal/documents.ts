import { createHash } from 'node:crypto';
import type { Decimal } from '../../shared/decimal.ts';
import type { Market, MarketRow, MarketTable } from '../market/market-table.ts';
import type { TokenRegistry } from '../registry/token-registry.ts';
import type { DailyCloses } from './daily-closes.ts';

/** A document as it goes out: JSON text and its strong entity tag. */
export interface TaggedDocument {
  readonly body: Buffer;
  readonly etag: string;
}

/** Answers a document that other subgraphs keep a copy of. */
export type DocumentSource = () => Promise<TaggedDocument>;

function tagged(document: unknown): TaggedDocument {
  const body = Buffer.from(JSON.stringify(document));
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url')}"` };
}

/** Builds a document when its key changes, and then only once for all who ask. */
function keepByKey<Key>(
  keyOf: () => Key | Promise<Key>,
  build: (key: Key) => Promise<TaggedDocument> | TaggedDocument,
): DocumentSource {
  let kept: { readonly key: Key; readonly document: Promise<TaggedDocument> } | undefined;
  return async () => {
    const key = await keyOf();
    if (kept === undefined || kept.key !== key) {
      const document = Promise.resolve(build(key));
      const mine = { key, document };
      kept = mine;
      document.catch(() => {
        if (kept === mine) kept = undefined;
      });
    }
    return kept.document;
  };
}

/** The registry of tokens with the names of their chains; it does not change while the program runs. */
export function tokensDocument(registry: TokenRegistry): DocumentSource {
  return keepByKey(
    () => registry,
    () =>
      tagged({
        tokens: registry.tokens.map(({ id, symbol, name, status, categories }) => ({
          id,
          symbol,
          name,
          status,
          categories,
          chainIds: [...new Set(registry.deploymentsOf(id).map(({ chainId }) => chainId))],
        })),
        chains: registry.chains.map(({ id, name }) => ({ id, name })),
      }),
  );
}

/** Closes of all days that are over, of all tokens whose closes are known; it changes at midnight UTC, or as they come. */
export function closesDocument(daily: DailyCloses): DocumentSource {
  return keepByKey(
    async () => {
      await daily.collect();
      // Without any closes there is no document: an empty one would pass for the truth.
      if (daily.version === 0) throw new Error('no closes have come yet');
      return daily.version;
    },
    () => {
      const closes: Record<string, { from: string; values: readonly (string | null)[] }> = {};
      for (const [id, series] of daily.entries()) {
        const firstDayMs = series.firstEndMs - series.intervalMs;
        closes[id] = { from: new Date(firstDayMs).toISOString().slice(0, 10), values: series.values() };
      }
      return tagged({ closes });
    },
  );
}

/** Prices, supplies and volumes of all priced tokens in US dollars; it changes with the quotes. */
export function marketDocument(market: Market): DocumentSource {
  return keepByKey(
    () => market.table(),
    (table) => tagged({ asOf: newestPrice(table), tokens: [...table.values()].map(describeRow) }),
  );
}

function newestPrice(table: MarketTable): string {
  return new Date(Math.max(...[...table.values()].map(({ quote }) => quote.asOfMs))).toISOString();
}

function describeRow({ tokenId, quote, statistics, marketCapUsd }: MarketRow) {
  const supply = statistics?.circulatingSupply ?? null;
  const capDayAgo = supply === null || quote.dayAgo === null ? null : quote.dayAgo.times(supply);
  return {
    id: tokenId,
    priceUsd: quote.amount.toFixed(),
    circulatingSupply: textOf(supply),
    marketCapUsd: textOf(marketCapUsd),
    marketCapUsd24hAgo: textOf(capDayAgo),
    volume24hUsd: textOf(statistics?.volume24hUsd ?? null),
  };
}

function textOf(value: Decimal | null): string | null {
  return value === null ? null : value.toFixed();
}
