import { Pool } from 'undici';
import { SubgraphError } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { BodyTooLarge, readLimitedBody, UnsupportedEncoding } from './read-limited-body.ts';
import type {
  SubgraphClient,
  SubgraphRequest,
  SubgraphResponse,
  SubgraphResponseError,
} from './subgraph-client.ts';

export interface HttpSubgraphClientOptions {
  readonly subgraph: string;
  readonly url: string;
  /** From the first byte out to the last byte in. */
  readonly timeoutMs: number;
  /** After inflation. */
  readonly responseLimitBytes: number;
  /** The most sockets. */
  readonly connections: number;
  readonly metrics: Metrics;
}

/** Statuses that say: somebody in between or the program itself is away, not this request is wrong. */
const UNAVAILABLE_STATUSES: ReadonlySet<number> = new Set([502, 503, 504]);
const JSON_MEDIA_TYPE = /^application\/(?:graphql-response\+)?json\s*(?:;|$)/i;

/**
 * Calls a subgraph over HTTP with undici: one pool of kept-alive sockets, a deadline, a cap on the inflated size.
 * Redirects are never followed: a subgraph could send the caller's token anywhere.
 */
export function createHttpSubgraphClient(options: HttpSubgraphClientOptions): SubgraphClient {
  const { subgraph, url, timeoutMs, metrics } = options;
  const { origin, pathname, search } = new URL(url);
  const pool = new Pool(origin, {
    connections: options.connections,
    connect: { timeout: timeoutMs },
    headersTimeout: timeoutMs,
    bodyTimeout: timeoutMs,
  });

  async function exchange(request: SubgraphRequest, signal: AbortSignal): Promise<SubgraphResponse> {
    const { query, variables, operationName } = request;
    const { statusCode, headers, body } = await pool.request({
      method: 'POST',
      path: pathname + search,
      headers: {
        ...request.headers,
        'content-type': 'application/json',
        accept: 'application/graphql-response+json, application/json;q=0.9',
        'accept-encoding': 'identity, gzip;q=0.5, br;q=0.5',
      },
      body: JSON.stringify({ query, variables, ...(operationName === undefined ? {} : { operationName }) }),
      signal,
    });
    const text = await readLimitedBody(body, single(headers['content-encoding']), options.responseLimitBytes);
    return readResponse(subgraph, statusCode, single(headers['content-type']) ?? '', text);
  }

  return {
    subgraph,
    async send(request) {
      const stopTimer = metrics.subgraphSeconds.startTimer({ subgraph });
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), timeoutMs);
      const leave = () => deadline.abort();
      request.signal.addEventListener('abort', leave, { once: true });
      let outcome = 'ok';
      try {
        if (request.signal.aborted) deadline.abort();
        return await exchange(request, deadline.signal);
      } catch (error) {
        const failure = classify(error, subgraph, deadline.signal.aborted && !request.signal.aborted);
        outcome = failure.code;
        throw failure;
      } finally {
        clearTimeout(timer);
        request.signal.removeEventListener('abort', leave);
        stopTimer();
        metrics.subgraphRequests.inc({ subgraph, outcome });
      }
    },
    close: () => pool.close(),
  };
}

function single(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header.join(', ') : header;
}

/** Reads an answer; a subgraph that refuses a request as a whole may do so with a 4xx and `errors`. */
function readResponse(subgraph: string, status: number, contentType: string, text: string): SubgraphResponse {
  const invalid = (detail: string, cause?: unknown) =>
    new SubgraphError('SUBGRAPH_INVALID_RESPONSE', subgraph, {
      message: `${detail} (status ${status})`,
      cause,
    });
  if (UNAVAILABLE_STATUSES.has(status)) {
    throw new SubgraphError('SUBGRAPH_UNAVAILABLE', subgraph, { message: `status ${status}` });
  }
  // It refused the gateway itself: whatever it says of credentials is not about those of the caller.
  if (status === 401 || status === 403)
    throw new SubgraphError('SUBGRAPH_ERROR', subgraph, { message: `status ${status}` });
  if (status >= 300 && status < 400) throw invalid('a redirect');
  if (!JSON_MEDIA_TYPE.test(contentType)) {
    if (status >= 400) throw new SubgraphError('SUBGRAPH_ERROR', subgraph, { message: `status ${status}` });
    throw invalid(`content type ${JSON.stringify(contentType.slice(0, 100))} instead of JSON`);
  }
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (cause) {
    throw invalid('malformed JSON', cause);
  }
  if (typeof parsed !== 'object' || parsed === null || Array.isArray(parsed))
    throw invalid('JSON that is no object');
  const { data, errors = [] } = parsed as { data?: unknown; errors?: unknown };
  if (typeof data !== 'object' && data !== undefined) throw invalid('`data` that is no object');
  if (Array.isArray(data)) throw invalid('`data` that is a list');
  if (errors !== null && !Array.isArray(errors)) throw invalid('`errors` that is no list');
  const list = ((errors ?? []) as unknown[]).filter((entry) => typeof entry === 'object' && entry !== null);
  if (data == null && list.length === 0) throw invalid('neither data nor errors');
  return { data: data as SubgraphResponse['data'], errors: list as SubgraphResponseError[] };
}

function classify(error: unknown, subgraph: string, isTimeout: boolean): SubgraphError {
  if (error instanceof SubgraphError) return error;
  if (error instanceof BodyTooLarge) {
    return new SubgraphError('SUBGRAPH_RESPONSE_TOO_LARGE', subgraph, {
      message: error.message,
      cause: error,
    });
  }
  if (error instanceof UnsupportedEncoding) {
    const message = `content encoding ${error.message}`;
    return new SubgraphError('SUBGRAPH_INVALID_RESPONSE', subgraph, { message, cause: error });
  }
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (
    isTimeout ||
    code === 'UND_ERR_HEADERS_TIMEOUT' ||
    code === 'UND_ERR_BODY_TIMEOUT' ||
    code === 'UND_ERR_CONNECT_TIMEOUT'
  ) {
    return new SubgraphError('SUBGRAPH_TIMEOUT', subgraph, { message, cause: error });
  }
  if (code.startsWith('Z_') || code.startsWith('ERR_BROTLI')) {
    return new SubgraphError('SUBGRAPH_INVALID_RESPONSE', subgraph, {
      message: 'a broken encoding',
      cause: error,
    });
  }
  return new SubgraphError('SUBGRAPH_UNAVAILABLE', subgraph, { message, cause: error });
}
