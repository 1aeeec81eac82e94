import { createHash } from 'node:crypto';
import type { Decimal } from '../../shared/decimal.ts';
import type { CloseSeries } from '../history/close-series.ts';
import type { Market, MarketRow, MarketTable } from '../market/market-table.ts';
import type { TokenRegistry } from '../registry/token-registry.ts';
import type { ClosesCollector } from './closes-collector.ts';

/** A document as it goes out: JSON text and its strong entity tag. */
export interface TaggedDocument {
  readonly body: Buffer;
  readonly etag: string;
}

/** A document that cannot be told yet: readers go on with the copy that they have, and ask again. */
export class DocumentPending extends Error {
  override readonly name = 'DocumentPending';
}

/** Answers a document that other subgraphs keep a copy of; rejects with DocumentPending before there is one. */
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

/** The starts of first periods as documents write them: a date for days, an instant for hours. */
const START_FORMATS = {
  ONE_DAY: (startMs: number) => new Date(startMs).toISOString().slice(0, 10),
  ONE_HOUR: (startMs: number) => new Date(startMs).toISOString(),
} as const;

/** Closes of all periods that are over, of all tokens: always a whole set, which changes when a new one is complete. */
export function closesDocument(
  collector: ClosesCollector,
  interval: keyof typeof START_FORMATS,
): DocumentSource {
  return keepByKey(
    async () => {
      const collected = await collector.collect();
      if (collected !== undefined) return collected;
      const { told, of } = collector.progress;
      throw new DocumentPending(`closes are being collected: ${told} of ${of} tokens are there`);
    },
    ({ closes }) => {
      const describe = (series: CloseSeries) => ({
        from: START_FORMATS[interval](series.firstEndMs - series.intervalMs),
        values: series.values(),
      });
      return tagged({ closes: Object.fromEntries(Array.from(closes, ([id, each]) => [id, describe(each)])) });
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
