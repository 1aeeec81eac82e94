import type { Metrics } from '../observability/metrics.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphClient } from './subgraph-client.ts';

/** One of the URLs that a subgraph is served from. */
export interface Endpoint {
  readonly url: string;
  readonly client: SubgraphClient;
}

export interface BalanceOptions {
  /** How many failures in a row put a URL out of use. */
  readonly failures: number;
  /** How long it stays out the first time; each further time is twice as long. */
  readonly baseMs: number;
  readonly maxMs: number;
  readonly metrics: Metrics;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

interface Target extends Endpoint {
  underWay: number;
  failuresInARow: number;
  /** How often it was put out since it last served well for as long as it was out. */
  ejections: number;
  /** Until when it is out of use, by the clock. */
  outUntilMs: number;
}

/**
 * Spreads calls over the URLs of a subgraph: each goes where the fewest are under way, in turns where that is equal.
 *
 * A URL that fails several times in a row is left out for a while, for twice as long when its first call afterwards
 * fails again. The last one in use is never left out: a guess is better than no call. What does not speak against the
 * health of a URL (`SubgraphCallError.isFault`) does not count. A single URL needs none of this and is called as it is.
 *
 * @param endpoints - at least one, all of one subgraph
 */
export function balanceLoad(endpoints: readonly Endpoint[], options: BalanceOptions): SubgraphClient {
  const { now = () => performance.now() } = options;
  const [only, another] = endpoints;
  if (only === undefined) throw new TypeError('expected at least one URL');
  const { subgraph } = only.client;
  if (another === undefined) return only.client;
  const targets: Target[] = endpoints.map((endpoint) => ({
    ...endpoint,
    underWay: 0,
    failuresInARow: 0,
    ejections: 0,
    outUntilMs: Number.NEGATIVE_INFINITY,
  }));
  let turn = 0;

  /** The URL with the fewest calls under way; the one that just failed only if there is no other. */
  const choose = (failedUrl: string | undefined): Target => {
    const nowMs = now();
    turn = (turn + 1) % targets.length;
    const inTurn = [...targets.slice(turn), ...targets.slice(0, turn)];
    const inUse = inTurn.filter(({ outUntilMs }) => outUntilMs <= nowMs);
    const others = inUse.filter(({ url }) => url !== failedUrl);
    const candidates = others.length > 0 ? others : inUse;
    return candidates.reduce((best, target) => (target.underWay < best.underWay ? target : best));
  };

  const recordFailure = (target: Target): void => {
    const nowMs = now();
    target.failuresInARow += 1;
    if (target.failuresInARow < options.failures || target.outUntilMs > nowMs) return;
    const isAnotherInUse = targets.some((other) => other !== target && other.outUntilMs <= nowMs);
    if (!isAnotherInUse) return;
    target.outUntilMs = nowMs + outTimeMs(target.ejections);
    target.ejections += 1;
    // One failure after its return is enough.
    target.failuresInARow = options.failures - 1;
    options.metrics.subgraphEjections.inc({ subgraph });
  };

  const recordSuccess = (target: Target): void => {
    target.failuresInARow = 0;
    if (target.ejections === 0) return;
    if (now() - target.outUntilMs >= outTimeMs(target.ejections - 1)) target.ejections = 0;
  };

  const outTimeMs = (ejections: number) => Math.min(options.baseMs * 2 ** ejections, options.maxMs);

  return {
    subgraph,
    async send(request) {
      const target = choose(request.retryOf?.url);
      target.underWay += 1;
      try {
        const response = await target.client.send(request);
        recordSuccess(target);
        return response;
      } catch (error) {
        if (error instanceof SubgraphCallError && error.isFault) recordFailure(target);
        throw error;
      } finally {
        target.underWay -= 1;
      }
    },
    async close() {
      await Promise.all(endpoints.map(({ client }) => client.close()));
    },
  };
}
