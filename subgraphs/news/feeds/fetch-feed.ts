import type { Readable, Transform } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createBrotliDecompress, createGunzip, createInflate } from 'node:zlib';
import type { Dispatcher } from 'undici';
import { isFeedUrl } from './feed-settings.ts';

/** Why a feed could not be read; the message is for the log. */
export class FeedFailure extends Error {
  override readonly name = 'FeedFailure';
  /** How long the server asks to wait, in milliseconds. */
  readonly retryAfterMs: number;

  constructor(message: string, { retryAfterMs = 0, cause }: { retryAfterMs?: number; cause?: unknown } = {}) {
    super(message, { cause });
    this.retryAfterMs = retryAfterMs;
  }
}

/** By what a server recognises that nothing has changed (RFC 9110, section 13.1). */
export interface FeedValidators {
  readonly etag?: string | undefined;
  readonly lastModified?: string | undefined;
}

export type FeedAnswer =
  | { readonly kind: 'unchanged' }
  | { readonly kind: 'document'; readonly text: string; readonly validators: FeedValidators };

/** What a feed may have after inflation; the text alone is some hundred times what a page of headlines needs. */
export const MAX_FEED_BYTES = 2 * 1024 * 1024;
const DEADLINE_MS = 10_000;
/** What is read of an answer without use, so that its connection can serve again; a longer one is cut off. */
const DUMP_OPTIONS = { limit: 16_384 };
const MAX_REDIRECTS = 3;
const USER_AGENT = 'Tributary-News/1';

type ResponseHeaders = Dispatcher.ResponseData['headers'];

/**
 * Gets a feed: conditionally, within ten seconds, at most 2 MiB after inflation, and from its own origin alone.
 *
 * @param signal - ends the read early
 * @throws FeedFailure
 */
export async function fetchFeed(
  feedUrl: string,
  { etag, lastModified }: FeedValidators,
  signal: AbortSignal,
): Promise<FeedAnswer> {
  const deadline = AbortSignal.any([signal, AbortSignal.timeout(DEADLINE_MS)]);
  const headers = {
    accept: 'application/atom+xml, application/rss+xml, application/xml;q=0.9, text/xml;q=0.9',
    'accept-encoding': 'gzip, deflate, br',
    'user-agent': USER_AGENT,
    ...(etag === undefined ? {} : { 'if-none-match': etag }),
    ...(lastModified === undefined ? {} : { 'if-modified-since': lastModified }),
  };
  try {
    const { statusCode, headers: answered, body } = await follow(feedUrl, headers, deadline);
    if (statusCode === 304) {
      await body.dump(DUMP_OPTIONS);
      return { kind: 'unchanged' };
    }
    if (statusCode !== 200) {
      await body.dump(DUMP_OPTIONS);
      throw new FeedFailure(`answered ${statusCode}`, { retryAfterMs: retryAfterMsOf(answered) });
    }
    const bytes = await readBody(body, one(answered['content-encoding']));
    return {
      kind: 'document',
      text: decode(bytes, one(answered['content-type'])),
      validators: { etag: one(answered.etag), lastModified: one(answered['last-modified']) },
    };
  } catch (error) {
    if (error instanceof FeedFailure) throw error;
    throw new FeedFailure(deadline.aborted ? 'took too long' : 'could not be read', { cause: error });
  }
}

/** Follows redirects within the feed's own origin: a feed cannot send its reader elsewhere. */
async function follow(
  feedUrl: string,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<Dispatcher.ResponseData> {
  // Loaded with the first feed: a platform without feeds starts without it.
  const { request } = await import('undici');
  let url = new URL(feedUrl);
  for (let hops = 0; ; hops++) {
    const response = await request(url, { headers, signal });
    const location = one(response.headers.location);
    if (response.statusCode < 301 || response.statusCode > 308 || response.statusCode === 304)
      return response;
    await response.body.dump(DUMP_OPTIONS);
    if (location === undefined || !URL.canParse(location, url.href))
      throw new FeedFailure('redirects nowhere');
    const target = new URL(location, url);
    if (target.origin !== url.origin || !isFeedUrl(target.href)) {
      throw new FeedFailure(`redirects to another origin, ${target.origin}`);
    }
    if (hops === MAX_REDIRECTS) throw new FeedFailure(`redirects more than ${MAX_REDIRECTS} times`);
    url = target;
  }
}

async function readBody(body: Readable, encoding: string | undefined): Promise<Buffer> {
  const collect = async (source: AsyncIterable<Buffer>): Promise<Buffer> => {
    const chunks: Buffer[] = [];
    let length = 0;
    for await (const chunk of source) {
      length += chunk.length;
      if (length > MAX_FEED_BYTES) throw new FeedFailure(`has more than ${MAX_FEED_BYTES} bytes`);
      chunks.push(chunk);
    }
    return Buffer.concat(chunks, length);
  };
  const inflater = inflaterOf(encoding);
  return inflater === undefined ? pipeline(body, collect) : pipeline(body, inflater, collect);
}

function inflaterOf(encoding: string | undefined): Transform | undefined {
  switch (encoding?.trim().toLowerCase() ?? 'identity') {
    case 'identity':
      return undefined;
    case 'gzip':
    case 'x-gzip':
      return createGunzip();
    case 'deflate':
      return createInflate();
    case 'br':
      return createBrotliDecompress();
    default:
      throw new FeedFailure(`is encoded as "${encoding}", which was not asked for`);
  }
}

/** The encoding by byte order mark, Content-Type or XML declaration, in this order (RFC 7303, section 3). */
function decode(bytes: Buffer, contentType: string | undefined): string {
  const hasUtf8Mark = bytes.subarray(0, 3).equals(Buffer.from([0xef, 0xbb, 0xbf]));
  const declaration = /^\s*<\?xml[^>]*encoding=["']([\w-]+)["']/.exec(bytes.toString('latin1', 0, 200))?.[1];
  const label = /charset="?([\w-]+)/i.exec(contentType ?? '')?.[1] ?? declaration ?? 'utf-8';
  try {
    return new TextDecoder(hasUtf8Mark ? 'utf-8' : label).decode(bytes);
  } catch (error) {
    throw new FeedFailure(`is written in "${label}", which is not known`, { cause: error });
  }
}

/** Retry-After of RFC 9110, section 10.2.3: seconds, or a date. */
function retryAfterMsOf(headers: ResponseHeaders): number {
  const value = one(headers['retry-after']) ?? '';
  const waitMs = /^\d+$/.test(value) ? Number(value) * 1000 : Date.parse(value) - Date.now();
  return Number.isFinite(waitMs) ? Math.max(0, waitMs) : 0;
}

function one(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
