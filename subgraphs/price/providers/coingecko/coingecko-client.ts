import type { Readable } from 'node:stream';
import { Pool } from 'undici';
import { ProviderFailure } from '../provider-failure.ts';
import { parseExactJson } from './exact-json.ts';
import { readError, readRetryAfter } from './read-error.ts';

const RESPONSE_LIMIT_BYTES = 4 * 1024 * 1024;
const REQUEST_TIMEOUT_MS = 10_000;
const CONNECTIONS = 4;
const PRO_HOST = 'pro-api.coingecko.com';

export interface CoinGeckoClientOptions {
  /** The API's address, with its version: `https://api.coingecko.com/api/v3`. */
  readonly url: string;
  readonly apiKey?: string | undefined;
}

/** Reads from CoinGecko's REST API. */
export interface CoinGeckoClient {
  /**
   * @param path - below the API's address, such as `/coins/markets`
   * @returns the parsed body, numbers as exact decimals
   * @throws ProviderFailure, or the signal's reason
   */
  get(path: string, query: Readonly<Record<string, string>>, signal: AbortSignal): Promise<unknown>;
  /** Calls that remain in the quota window, by the last answer; undefined while no answer has told. */
  readonly remainingQuota: number | undefined;
  close(): Promise<void>;
}

/**
 * Makes the client: one pool of kept-alive sockets, no redirects (they could take the key anywhere), a cap on the size
 * of bodies and a deadline of its own beside the caller's.
 */
export function createCoinGeckoClient({ url, apiKey }: CoinGeckoClientOptions): CoinGeckoClient {
  const { origin, pathname, hostname } = new URL(url);
  const basePath = pathname.replace(/\/$/, '');
  const keyHeader = hostname === PRO_HOST ? 'x-cg-pro-api-key' : 'x-cg-demo-api-key';
  const headers = { accept: 'application/json', ...(apiKey === undefined ? {} : { [keyHeader]: apiKey }) };
  const pool = new Pool(origin, { connections: CONNECTIONS });
  let remainingQuota: number | undefined;

  return {
    get remainingQuota() {
      return remainingQuota;
    },
    async get(path, query, signal) {
      const deadline = AbortSignal.any([signal, AbortSignal.timeout(REQUEST_TIMEOUT_MS)]);
      try {
        const {
          statusCode,
          headers: told,
          body,
        } = await pool.request({
          method: 'GET',
          path: `${basePath}${path}?${new URLSearchParams(query)}`,
          headers,
          signal: deadline,
        });
        const text = await readText(body);
        remainingQuota = readCount(told['x-ratelimit-remaining'] ?? told['ratelimit-remaining']);
        const retryAfterMs = readRetryAfter(told['retry-after']?.toString(), Date.now());
        return readAnswer(statusCode, text, retryAfterMs);
      } catch (error) {
        if (error instanceof ProviderFailure) throw error;
        signal.throwIfAborted();
        throw new ProviderFailure('UNAVAILABLE', 'coingecko gave no answer', { cause: error });
      }
    },
    close: () => pool.close(),
  };
}

async function readText(body: Readable): Promise<string> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body as AsyncIterable<Buffer>) {
    size += chunk.length;
    // Leaving the loop destroys the body, and with it the socket.
    if (size > RESPONSE_LIMIT_BYTES) {
      throw new ProviderFailure('INVALID_ANSWER', `answered more than ${RESPONSE_LIMIT_BYTES} bytes`);
    }
    chunks.push(chunk);
  }
  return Buffer.concat(chunks).toString('utf8');
}

function readAnswer(statusCode: number, text: string, retryAfterMs: number | undefined): unknown {
  let body: unknown;
  let fault: unknown;
  try {
    body = parseExactJson(text);
  } catch (error) {
    fault = error;
  }
  const error = readError({ statusCode, body, retryAfterMs });
  if (error !== undefined) throw error;
  if (fault !== undefined) throw new ProviderFailure('INVALID_ANSWER', 'answered no JSON', { cause: fault });
  return body;
}

function readCount(header: string | string[] | undefined): number | undefined {
  return typeof header === 'string' && /^\d{1,9}$/.test(header) ? Number(header) : undefined;
}
