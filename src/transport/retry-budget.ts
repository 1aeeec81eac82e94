import { createSlidingCounter } from './sliding-counter.ts';

export interface RetryBudgetOptions {
  /** The most retries, as a share of the calls of the window. */
  readonly share: number;
  /** How many retries a window may hold although the share of its calls is less. */
  readonly minimum: number;
  readonly windowMs: number;
  /** A monotonic clock, in milliseconds. */
  readonly now?: () => number;
}

/** Keeps the retries of a subgraph's calls within a share of all of them: trouble is not answered with more work. */
export interface RetryBudget {
  /** Notes a call, a retry or not. */
  noteCall(): void;
  /**
   * Takes room for retries that belong together. All of them are allowed as long as there is room for one, and the
   * next ones wait until the window has room again: a window holds its share and one such group at the most.
   *
   * @returns whether they may be made
   */
  take(count: number): boolean;
}

/** The budget of one subgraph. */
export function createRetryBudget(options: RetryBudgetOptions): RetryBudget {
  const { share, minimum, windowMs, now = () => performance.now() } = options;
  const calls = createSlidingCounter(windowMs, now);
  const retries = createSlidingCounter(windowMs, now);
  return {
    noteCall: () => calls.add(),
    take(count) {
      const most = share > 0 ? Math.max(minimum, Math.floor(share * calls.total())) : 0;
      if (retries.total() >= most) return false;
      retries.add(count);
      return true;
    },
  };
}
