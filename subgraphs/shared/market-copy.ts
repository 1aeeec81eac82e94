import type { Logger } from 'pino';
import { request } from 'undici';
import { z } from 'zod';
import type { ServiceTokenSigner } from './service-token.ts';

const tokensDocument = z.object({
  tokens: z.array(
    z.object({
      id: z.string(),
      symbol: z.string(),
      name: z.string(),
      status: z.enum(['ACTIVE', 'INACTIVE', 'UNTRACKED']),
      categories: z.array(z.string()),
      chainIds: z.array(z.string()),
    }),
  ),
  /** The names of the chains that `chainIds` speaks of. */
  chains: z.array(z.object({ id: z.string(), name: z.string() })).optional(),
});

const closesDocument = z.object({
  closes: z.record(z.string(), z.object({ from: z.iso.date(), values: z.array(z.string().nullable()) })),
});

const marketDocument = z.object({
  asOf: z.iso.datetime(),
  tokens: z.array(
    z.object({
      id: z.string(),
      priceUsd: z.string(),
      circulatingSupply: z.string().nullable(),
      marketCapUsd: z.string().nullable(),
      marketCapUsd24hAgo: z.string().nullable(),
      volume24hUsd: z.string().nullable(),
    }),
  ),
});

/** The registry of tokens as the price subgraph tells it (`/internal/tokens`). */
export type TokenRecord = z.infer<typeof tokensDocument>['tokens'][number];
/** Daily closes in US dollars of consecutive UTC days from `from` on, as decimal text; null where untraded. */
export type CloseSeries = z.infer<typeof closesDocument>['closes'][string];
/** Market statistics of a token in US dollars, as decimal text. */
export type MarketRecord = z.infer<typeof marketDocument>['tokens'][number];

/** The documents of the price subgraph's internal routes, by route. */
interface Documents {
  '/internal/tokens': z.infer<typeof tokensDocument>;
  '/internal/closes': z.infer<typeof closesDocument>;
  '/internal/market': z.infer<typeof marketDocument>;
}

const schemas = {
  '/internal/tokens': tokensDocument,
  '/internal/closes': closesDocument,
  '/internal/market': marketDocument,
} as const;

const REFRESH_MS = 60_000;
/** Until the first copy is there, and after a failure. */
const RETRY_MS = 250;
const REQUEST_TIMEOUT_MS = 5000;

/** A local copy of one document of the price subgraph, kept while that subgraph is down. */
export interface MarketCopy<Document> {
  /** The last copy, or undefined until the first one came. */
  readonly current: Document | undefined;
  /** When the copy was last confirmed by the price subgraph, in system milliseconds. */
  readonly confirmedAtMs: number;
  /** Settles with the first copy. */
  readonly first: Promise<Document>;
  close(): void;
}

export interface MarketCopyOptions<Route extends keyof Documents> {
  readonly route: Route;
  /** The origin of the price subgraph. */
  readonly priceUrl: string;
  readonly signToken: ServiceTokenSigner;
  readonly log: Logger;
  /** Called with each document that differs from the one before. */
  readonly onChange?: (document: Documents[Route]) => void;
}

/**
 * Keeps a local copy of one of the price subgraph's documents, refreshed every minute off the hot path. An
 * unchanged document costs one 304.
 */
export function keepMarketCopy<Route extends keyof Documents>({
  route,
  priceUrl,
  signToken,
  log,
  onChange,
}: MarketCopyOptions<Route>): MarketCopy<Documents[Route]> {
  let current: Documents[Route] | undefined;
  let confirmedAtMs = 0;
  let etag = '';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<Documents[Route]>();

  const refresh = async (): Promise<void> => {
    let waitMs = REFRESH_MS;
    try {
      const { statusCode, headers, body } = await request(new URL(route, priceUrl), {
        headers: { authorization: `Bearer ${await signToken()}`, 'if-none-match': etag },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (statusCode === 304) {
        await body.dump();
      } else if (statusCode === 200) {
        current = schemas[route].parse(await body.json()) as Documents[Route];
        etag = String(headers.etag ?? '');
        onChange?.(current);
        resolveFirst(current);
      } else {
        await body.dump();
        throw new Error(`${route} answered ${statusCode}`);
      }
      confirmedAtMs = Date.now();
    } catch (error) {
      waitMs = current === undefined ? RETRY_MS : RETRY_MS * 20;
      log[current === undefined ? 'debug' : 'warn']({ err: error, route }, 'no fresh copy of market data');
    }
    if (!closed) timer = setTimeout(refresh, waitMs);
  };
  void refresh();

  return {
    get current() {
      return current;
    },
    get confirmedAtMs() {
      return confirmedAtMs;
    },
    first,
    close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
