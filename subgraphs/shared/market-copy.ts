import { readFile, rename, writeFile } from 'node:fs/promises';
import type { Logger } from 'pino';
import { z } from 'zod';
import { httpGet } from '../../src/lib/http-get.ts';
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

const closesFrom = (start: z.ZodISODate | z.ZodISODateTime) =>
  z.object({
    closes: z.record(z.string(), z.object({ from: start, values: z.array(z.string().nullable()) })),
  });
const closesDocument = closesFrom(z.iso.date());
const hoursDocument = closesFrom(z.iso.datetime());

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
/** Closes in US dollars of consecutive UTC days or hours from `from` on, as decimal text; null where untraded. */
export type CloseSeries = z.infer<typeof closesDocument>['closes'][string];
/** Market statistics of a token in US dollars, as decimal text. */
export type MarketRecord = z.infer<typeof marketDocument>['tokens'][number];

/** The documents of the price subgraph's internal routes, by route. */
interface Documents {
  '/internal/tokens': z.infer<typeof tokensDocument>;
  '/internal/closes': z.infer<typeof closesDocument>;
  '/internal/hours': z.infer<typeof hoursDocument>;
  '/internal/market': z.infer<typeof marketDocument>;
}

const schemas = {
  '/internal/tokens': tokensDocument,
  '/internal/closes': closesDocument,
  '/internal/hours': hoursDocument,
  '/internal/market': marketDocument,
} as const;

const REFRESH_MS = 60_000;
/** Until the first copy is there, and after a failure. */
const RETRY_MS = 250;
const REQUEST_TIMEOUT_MS = 5000;
/** How long a start waits for the price subgraph before it takes the copy of an earlier process. */
const PATIENCE_MS = 2000;

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
  /** Called when the price subgraph says that it has no such document yet (503), while there is no copy either. */
  readonly onPending?: () => void;
  /** A file that keeps the copy over restarts; none by default. */
  readonly file?: string | undefined;
}

/**
 * Keeps a local copy of one of the price subgraph's documents, refreshed every minute off the hot path. An
 * unchanged document costs one 304. With a file, a process that starts while the price subgraph is down goes on with
 * the copy of the one before it.
 */
export function keepMarketCopy<Route extends keyof Documents>({
  route,
  priceUrl,
  signToken,
  log,
  onChange,
  onPending,
  file,
}: MarketCopyOptions<Route>): MarketCopy<Documents[Route]> {
  let current: Documents[Route] | undefined;
  let confirmedAtMs = 0;
  let etag = '';
  let timer: NodeJS.Timeout | undefined;
  let closed = false;
  const { promise: first, resolve: resolveFirst } = Promise.withResolvers<Documents[Route]>();

  const take = (document: unknown, tag: string): void => {
    current = schemas[route].parse(document) as Documents[Route];
    etag = tag;
    onChange?.(current);
    resolveFirst(current);
  };
  const startedAtMs = performance.now();
  let isFileRead = file === undefined;
  const takeKept = async (): Promise<void> => {
    isFileRead = true;
    const kept = await readKept(file as string);
    if (kept === undefined || current !== undefined || closed) return;
    take(kept.document, kept.etag);
    log.warn({ route }, 'the price subgraph does not answer: the copy of an earlier start serves');
  };

  const refresh = async (): Promise<void> => {
    let waitMs = REFRESH_MS;
    try {
      const { statusCode, headers, text } = await httpGet(new URL(route, priceUrl), {
        headers: { authorization: `Bearer ${await signToken()}`, 'if-none-match': etag },
        signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
      });
      if (statusCode === 200) {
        take(JSON.parse(text), String(headers.etag ?? ''));
        if (file !== undefined) {
          await keep(file, etag, text).catch((err) => log.warn({ err, route }, 'the copy could not be kept'));
        }
      } else if (statusCode !== 304) {
        if (statusCode === 503 && current === undefined) onPending?.();
        throw new Error(`${route} answered ${statusCode}`);
      }
      confirmedAtMs = Date.now();
    } catch (error) {
      waitMs = current === undefined ? RETRY_MS : RETRY_MS * 20;
      log[current === undefined ? 'debug' : 'warn']({ err: error, route }, 'no fresh copy of market data');
      if (!isFileRead && performance.now() - startedAtMs > PATIENCE_MS) {
        await takeKept().catch((err) => log.warn({ err, route }, 'the kept copy is not usable'));
      }
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

/** Writes a copy as a line with its entity tag and the text as it came; a reader sees the old one or the new one. */
async function keep(file: string, etag: string, text: string): Promise<void> {
  const temporary = `${file}.${process.pid}.tmp`;
  await writeFile(temporary, `${etag}\n${text}`);
  await rename(temporary, file);
}

/** @returns undefined when there is no file yet */
async function readKept(
  file: string,
): Promise<{ readonly etag: string; readonly document: unknown } | undefined> {
  const content = await readFile(file, 'utf8').catch((error: NodeJS.ErrnoException) => {
    if (error.code === 'ENOENT') return undefined;
    throw error;
  });
  if (content === undefined) return undefined;
  const end = content.indexOf('\n');
  return { etag: content.slice(0, end), document: JSON.parse(content.slice(end + 1)) };
}
