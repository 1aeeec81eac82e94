import { SubgraphError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { Metrics } from '../observability/metrics.ts';
import { hasCallerLeft } from './deadline.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** Counts calls by outcome and measures how long they take, whatever was done for them on the way. */
export function withCallMetrics(client: SubgraphClient, metrics: Metrics): SubgraphClient {
  const { subgraph } = client;
  const count = (startMs: number, outcome: string): void => {
    metrics.subgraphSeconds.observe(subgraph, (performance.now() - startMs) / 1000);
    metrics.subgraphRequests.inc({ subgraph, outcome });
  };
  return {
    ...client,
    async send(request) {
      const startMs = performance.now();
      try {
        const response = await client.send(request);
        count(startMs, 'ok');
        return response;
      } catch (error) {
        count(startMs, failureOutcome(error, request.signal));
        throw error;
      }
    },
  };
}

/** Whoever leaves says nothing about the subgraph. */
function failureOutcome(error: unknown, signal: CancelSignal): string {
  if (hasCallerLeft(signal)) return 'caller_left';
  return error instanceof SubgraphError ? error.code : 'INTERNAL_SERVER_ERROR';
}
