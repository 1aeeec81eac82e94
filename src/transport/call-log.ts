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

/** A code that is one: anything else may be text of a customer. */
const CODE = /^[A-Z][A-Z0-9_]{0,63}$/;
const NAME = /^[A-Za-z_]\w{0,99}$/;

/**
 * Logs what callers are not told: why a call failed, and where and with which codes a subgraph answered errors. The
 * request's id is the one that the caller has in `x-request-id`, and the subgraph has it, too; a call that several share
 * has an id of its own.
 *
 * @param isWhole - logs all that a subgraph says of its errors, which may hold what customers entered
 */
export function withCallLog(client: SubgraphClient, log: Logger, isWhole = false): SubgraphClient {
  const { subgraph } = client;
  return {
    ...client,
    async send(request) {
      const requestId = request.headers['x-request-id'];
      try {
        const response = await client.send(request);
        if (response.errors.length > 0) {
          const first = response.errors.slice(0, LOGGED_ERRORS);
          const errors = isWhole ? first : first.map(codeAndPath);
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

function codeAndPath({ path, extensions }: SubgraphResponseError): Record<string, unknown> {
  const code = (extensions as { code?: unknown } | null | undefined)?.code;
  return {
    code: typeof code === 'string' && CODE.test(code) ? code : undefined,
    path: Array.isArray(path) && path.every(isPathStep) ? path : undefined,
  };
}

function isPathStep(step: unknown): boolean {
  return typeof step === 'number' || (typeof step === 'string' && NAME.test(step));
}

function isOfCaller({ extensions }: SubgraphResponseError): boolean {
  return CALLER_CODES.has((extensions as { code?: unknown } | null | undefined)?.code);
}
