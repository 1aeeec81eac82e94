import { CircuitState, circuitBreaker, handleWhen, type IBreaker } from 'cockatiel';
import { SubgraphError } from '../errors/errors.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createSlidingCounter } from './sliding-counter.ts';
import { SubgraphCallError } from './subgraph-call-error.ts';
import type { SubgraphClient, SubgraphRequest, SubgraphResponse } from './subgraph-client.ts';

export interface BreakerOptions {
  /** The share of failed and slow calls in the window at which the breaker opens. */
  readonly failureShare: number;
  /** How many calls the window must hold before it may open. */
  readonly minimumCalls: number;
  readonly windowMs: number;
  /** A call that was answered later than this counts as failed, in milliseconds. */
  readonly slowMs: number;
  /** How long it stays open before one call is tried. */
  readonly openMs: number;
  readonly metrics: Metrics;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

interface TimedResponse {
  readonly response: SubgraphResponse;
  readonly isSlow: boolean;
}

/** How the gauge writes a state. */
const STATE_VALUES = { [CircuitState.Closed]: 0, [CircuitState.HalfOpen]: 1, [CircuitState.Open]: 2 };

/**
 * Stops calls to a subgraph for a while when too many of them fail or are slow: SUBGRAPH_UNAVAILABLE at once, without
 * a call. After `openMs` one call is let through, the others are still refused; how it ends decides.
 *
 * What does not speak against the subgraph's health (`SubgraphCallError.isFault`) does not count.
 */
export function withBreaker(client: SubgraphClient, options: BreakerOptions): SubgraphClient {
  const { subgraph } = client;
  const { slowMs, metrics, now = () => performance.now() } = options;
  const isUnhealthy = (error: unknown): boolean => {
    if (error instanceof SubgraphCallError && error.isFault) return true;
    // A trial that was given up has shown nothing: only an answer closes the breaker.
    return policy.state === CircuitState.HalfOpen && !isAnswer(error);
  };
  const shareBreaker = createShareBreaker(options);
  const policy = circuitBreaker(
    handleWhen(isUnhealthy).orWhenResult((result) => (result as TimedResponse).isSlow),
    { halfOpenAfter: options.openMs, breaker: shareBreaker },
  );
  const refuse = () =>
    new SubgraphError('SUBGRAPH_UNAVAILABLE', subgraph, { message: 'the breaker is open' });

  /** Tells cockatiel how a call ended; one that ended after the breaker had opened is no news. */
  const tell = async (outcome: () => Promise<TimedResponse>): Promise<void> => {
    if (policy.state === CircuitState.Closed) await policy.execute(outcome).catch(() => {});
  };
  /** While the breaker is closed cockatiel hears only of what may open it: its promises cost as much as the call. */
  const sendClosed = async (request: SubgraphRequest): Promise<SubgraphResponse> => {
    const startMs = now();
    let response: SubgraphResponse;
    try {
      response = await client.send(request);
    } catch (error) {
      await tell(() => Promise.reject(error));
      throw error;
    }
    if (now() - startMs > slowMs) await tell(async () => ({ response, isSlow: true }));
    else shareBreaker.success(CircuitState.Closed);
    return response;
  };

  metrics.subgraphBreakerState.set({ subgraph }, STATE_VALUES[CircuitState.Closed]);
  policy.onStateChange((state) => {
    if (state !== CircuitState.Isolated) metrics.subgraphBreakerState.set({ subgraph }, STATE_VALUES[state]);
  });

  return {
    ...client,
    async send(request) {
      // cockatiel would let the others wait for the trial; they have deadlines of their own.
      if (policy.state === CircuitState.HalfOpen) throw refuse();
      if (policy.state === CircuitState.Closed) return sendClosed(request);
      const startMs = now();
      let isCalled = false;
      try {
        const { response } = await policy.execute(async (): Promise<TimedResponse> => {
          isCalled = true;
          return { response: await client.send(request), isSlow: now() - startMs > slowMs };
        });
        return response;
      } catch (error) {
        throw isCalled ? error : refuse();
      }
    },
  };
}

/** Whether a failure is still an answer of a subgraph that lives. */
function isAnswer(error: unknown): boolean {
  return error instanceof SubgraphCallError && error.isAnswered && !error.isFault;
}

/** Opens when the window holds enough calls and too large a share of them failed. */
function createShareBreaker({
  failureShare,
  minimumCalls,
  windowMs,
  now = () => performance.now(),
}: BreakerOptions): IBreaker {
  const calls = createSlidingCounter(windowMs, now);
  const failures = createSlidingCounter(windowMs, now);
  return {
    // Nothing is carried over to another process.
    state: undefined,
    success(state) {
      if (state === CircuitState.HalfOpen) {
        calls.clear();
        failures.clear();
      }
      calls.add();
    },
    failure(state) {
      calls.add();
      failures.add();
      if (state !== CircuitState.Closed) return true;
      const total = calls.total();
      return total >= minimumCalls && failures.total() >= failureShare * total;
    },
  };
}
