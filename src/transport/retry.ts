import type { Metrics } from '../observability/metrics.ts';
import { createSlidingCounter } from './sliding-counter.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphClient, SubgraphRequest } from './subgraph-client.ts';

export interface RetryOptions {
  /** The most retries, as a share of the calls of the window. */
  readonly share: number;
  /** How many retries a window may hold although the share of its calls is less. */
  readonly minimum: number;
  readonly windowMs: number;
  readonly metrics: Metrics;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/**
 * Repeats a query once, on a new connection, when it failed before any byte of an answer: mostly a kept-alive socket
 * that the subgraph closed while the request was on its way.
 *
 * A mutation is never repeated: it may have been carried out. All retries together stay within a share of all calls,
 * so that a subgraph in trouble is not given more work than it had.
 */
export function withRetry(client: SubgraphClient, options: RetryOptions): SubgraphClient {
  const { share, minimum, windowMs, metrics, now = () => performance.now() } = options;
  const calls = createSlidingCounter(windowMs, now);
  const retries = createSlidingCounter(windowMs, now);
  const hasBudget = () => share > 0 && retries.total() < Math.max(minimum, Math.floor(share * calls.total()));

  return {
    ...client,
    async send(request) {
      calls.add();
      try {
        return await client.send(request);
      } catch (error) {
        if (!isRepeatable(request, error) || !hasBudget()) throw error;
        retries.add();
        metrics.subgraphRetries.inc({ subgraph: client.subgraph });
        return await client.send({ ...request, retryOf: error });
      }
    },
  };
}

function isRepeatable(
  { operationKind, signal }: SubgraphRequest,
  error: unknown,
): error is SubgraphCallError {
  return (
    operationKind === 'query' &&
    error instanceof SubgraphCallError &&
    error.code === 'SUBGRAPH_UNAVAILABLE' &&
    !error.isAnswered &&
    !signal.aborted
  );
}
