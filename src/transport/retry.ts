import type { Metrics } from '../observability/metrics.ts';
import type { RetryBudget } from './retry-budget.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphClient, SubgraphRequest } from './subgraph-client.ts';

export interface RetryOptions {
  readonly budget: RetryBudget;
  readonly metrics: Metrics;
}

/**
 * Repeats a query once, on a new connection, when it failed before any byte of an answer: mostly a kept-alive socket
 * that the subgraph closed while the request was on its way.
 *
 * A mutation is never repeated: it may have been carried out. All retries together stay within a budget.
 */
export function withRetry(client: SubgraphClient, { budget, metrics }: RetryOptions): SubgraphClient {
  return {
    ...client,
    async send(request) {
      budget.noteCall();
      try {
        return await client.send(request);
      } catch (error) {
        if (!isRepeatable(request, error) || !budget.take(1)) throw error;
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
