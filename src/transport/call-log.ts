import type { Logger } from '../observability/logger.ts';
import { hasCallerLeft } from './deadline.ts';
import type { SubgraphClient, SubgraphResponseError } from './subgraph-client.ts';

/** How many errors of one answer are logged. */
const LOGGED_ERRORS = 5;
/** Errors of a caller, not of the subgraph: of interest only to whoever looks for them. */
const CALLER_CODES: ReadonlySet<unknown> = new Set([
  'BAD_USER_INPUT',
  'FORBIDDEN',
  'UNAUTHENTICATED',
  'PLAN_RESTRICTED',
]);

/**
 * Logs what callers are not told: why a call failed, and what a subgraph said of its own errors. The request's id is
 * the one that the caller has in `x-request-id`; a call that several share has an id of its own.
 */
export function withCallLog(client: SubgraphClient, log: Logger): SubgraphClient {
  const { subgraph } = client;
  return {
    ...client,
    async send(request) {
      const requestId = request.headers['x-request-id'];
      try {
        const response = await client.send(request);
        if (response.errors.length > 0) {
          const errors = response.errors.slice(0, LOGGED_ERRORS);
          const level = response.errors.every(isOfCaller) ? 'debug' : 'warn';
          log[level]({ subgraph, requestId, errors }, 'a subgraph answered errors');
        }
        return response;
      } catch (error) {
        // Whoever left knows it.
        if (!hasCallerLeft(request.signal))
          log.warn({ err: error, subgraph, requestId }, 'a call to a subgraph failed');
        throw error;
      }
    },
  };
}

function isOfCaller({ extensions }: SubgraphResponseError): boolean {
  return CALLER_CODES.has((extensions as { code?: unknown } | null | undefined)?.code);
}
