import { SubgraphError } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { hasCallerLeft } from './deadline.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** Counts calls by outcome and measures how long they take, whatever was done for them on the way. */
export function withCallMetrics(client: SubgraphClient, metrics: Metrics): SubgraphClient {
  const { subgraph } = client;
  return {
    ...client,
    async send(request) {
      const stopTimer = metrics.subgraphSeconds.startTimer({ subgraph });
      let outcome = 'ok';
      try {
        return await client.send(request);
      } catch (error) {
        outcome = failureOutcome(error, request.signal);
        throw error;
      } finally {
        stopTimer();
        metrics.subgraphRequests.inc({ subgraph, outcome });
      }
    },
  };
}

/** Whoever leaves says nothing about the subgraph. */
function failureOutcome(error: unknown, signal: AbortSignal): string {
  if (hasCallerLeft(signal)) return 'caller_left';
  return error instanceof SubgraphError ? error.code : 'INTERNAL_SERVER_ERROR';
}
