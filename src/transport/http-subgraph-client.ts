import { Pool } from 'undici';
import type { Code } from '../errors/codes.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import { abortCode, DeadlineExceeded } from './deadline.ts';
import { EgressForbidden, type EgressPolicy, guardedLookup, guardUrl } from './egress-guard.ts';
import { ExchangeError, exchange } from './http-exchange.ts';
import { BadEncoding, BodyTooLarge } from './limited-body.ts';
import { createAnswerReader } from './read-answer.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphClient, SubgraphRequest } from './subgraph-client.ts';

export interface HttpSubgraphClientOptions {
  readonly subgraph: string;
  readonly url: string;
  /** How long a connection may take to come up, in milliseconds. */
  readonly timeoutMs: number;
  /** After inflation. */
  readonly responseLimitBytes: number;
  /** The deepest nesting of an answer's JSON. */
  readonly responseDepth: number;
  /** The most sockets. */
  readonly connections: number;
  /** The most queries under way on one HTTP/1.1 socket. */
  readonly pipelining: number;
  /** Whether HTTP/2 is used where TLS negotiates it. */
  readonly allowH2: boolean;
  /** Where the URL may lead, checked at each connection; absent for URLs that the operator's own files name. */
  readonly egress?: EgressPolicy | undefined;
}

/**
 * Calls one URL of a subgraph over HTTP with undici: one pool of kept-alive sockets, caps on the inflated size and the
 * depth of answers. Redirects are never followed: a subgraph could send the caller's token anywhere.
 *
 * It knows of no deadline but the request's signal, repeats nothing and queues without end: that is what the wrappers
 * in this room are for.
 */
export function createHttpSubgraphClient(options: HttpSubgraphClientOptions): SubgraphClient {
  const { subgraph, url, responseLimitBytes, pipelining } = options;
  const target = new URL(url);
  const { origin, pathname, search } = target;
  const readAnswer = createAnswerReader(options);
  const createPool = (requestsPerSocket: number) =>
    new Pool(origin, {
      connections: options.connections,
      pipelining: requestsPerSocket,
      allowH2: options.allowH2,
      connect: {
        timeout: options.timeoutMs,
        ...(options.egress === undefined ? {} : { lookup: guardedLookup(options.egress) }),
      },
      // The signal of each request is its only clock.
      headersTimeout: 0,
      bodyTimeout: 0,
    });
  const pool = createPool(pipelining);
  // Keeps no socket alive, so that each call gets a new one: the kept ones may all be of a program that is gone.
  let freshPool: Pool | undefined;

  return {
    subgraph,
    async send(request) {
      if (request.retryOf !== undefined) freshPool ??= createPool(0);
      const dispatcher = request.retryOf === undefined ? pool : (freshPool ?? pool);
      // A host that is an address is never looked up.
      if (options.egress !== undefined) guardTarget(target, options.egress, options);
      try {
        return readAnswer(
          await exchange(dispatcher, {
            path: pathname + search,
            headers: headersOf(request),
            body: request.body,
            isRepeatable: request.operationKind === 'query' && pipelining > 1,
            limitBytes: responseLimitBytes,
            signal: request.signal,
          }),
        );
      } catch (error) {
        throw error instanceof ExchangeError ? callError(error, options, request.signal) : error;
      }
    },
    async close() {
      await Promise.all([pool.close(), freshPool?.close()]);
    },
  };
}

function guardTarget(target: URL, egress: EgressPolicy, { subgraph, url }: HttpSubgraphClientOptions): void {
  try {
    guardUrl(target, egress);
  } catch (cause) {
    if (!(cause instanceof EgressForbidden)) throw cause;
    const { message } = cause;
    throw new SubgraphCallError('SUBGRAPH_UNAVAILABLE', subgraph, url, {
      message,
      cause,
      isAnswered: false,
      isFault: true,
    });
  }
}

function headersOf({ headers }: SubgraphRequest): Record<string, string> {
  return {
    ...headers,
    'content-type': 'application/json',
    accept: 'application/graphql-response+json, application/json;q=0.9',
    'accept-encoding': 'identity, gzip;q=0.5, br;q=0.5',
  };
}

function callError(
  error: ExchangeError,
  { subgraph, url }: HttpSubgraphClientOptions,
  signal: CancelSignal,
): SubgraphCallError {
  const { message, cause, isAnswered } = error;
  const failure = (code: Code, isFault: boolean) =>
    new SubgraphCallError(code, subgraph, url, { message, cause, isAnswered, isFault });
  if (cause instanceof BodyTooLarge) return failure('SUBGRAPH_RESPONSE_TOO_LARGE', false);
  if (cause instanceof BadEncoding) return failure('SUBGRAPH_INVALID_RESPONSE', false);
  if (signal.aborted && cause === signal.reason) {
    // Who leaves, or had little time left from the start, says nothing about the subgraph.
    return failure(abortCode(signal), cause instanceof DeadlineExceeded && cause.scope === 'call');
  }
  const isLate = (cause as NodeJS.ErrnoException).code === 'UND_ERR_CONNECT_TIMEOUT';
  return failure(isLate ? 'SUBGRAPH_TIMEOUT' : 'SUBGRAPH_UNAVAILABLE', true);
}
