import { SubgraphError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import { abortError } from './deadline.ts';
import type { SubgraphClient } from './subgraph-client.ts';

export interface ConcurrencyLimits {
  /** How many calls are under way at the same time. */
  readonly calls: number;
  /** How many more wait, first come, first served. */
  readonly queuedCalls: number;
}

/**
 * Bounds the calls under way and those that wait. A full queue is SUBGRAPH_UNAVAILABLE at once: whoever would wait
 * longest is told first, and memory stays bounded. A caller that leaves gives its place in the queue back.
 */
export function withConcurrencyLimit(client: SubgraphClient, limits: ConcurrencyLimits): SubgraphClient {
  let underWay = 0;
  /** Waiters in the order they came; a set, so that one in the middle can leave without a search. */
  const queue = new Set<() => void>();

  const enter = (signal: CancelSignal): Promise<void> | undefined => {
    if (signal.aborted) throw abortError(signal, client.subgraph);
    if (underWay < limits.calls) {
      underWay += 1;
      return undefined;
    }
    if (queue.size >= limits.queuedCalls) {
      const message = `${limits.calls} calls are under way and ${queue.size} wait`;
      throw new SubgraphError('SUBGRAPH_UNAVAILABLE', client.subgraph, { message });
    }
    return new Promise((resolve, reject) => {
      const leave = () => {
        queue.delete(proceed);
        reject(abortError(signal, client.subgraph));
      };
      const proceed = () => {
        signal.removeEventListener('abort', leave);
        resolve();
      };
      queue.add(proceed);
      signal.addEventListener('abort', leave, { once: true });
    });
  };

  /** Hands the place of a call that ended to the first waiter, or frees it. */
  const exit = () => {
    const [next] = queue;
    if (next === undefined) {
      underWay -= 1;
      return;
    }
    queue.delete(next);
    next();
  };

  return {
    ...client,
    async send(request) {
      const place = enter(request.signal);
      if (place !== undefined) await place;
      try {
        return await client.send(request);
      } finally {
        exit();
      }
    },
  };
}
