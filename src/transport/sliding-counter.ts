/** How finely time is divided: what is counted leaves the window in tenths of it. */
const BUCKETS = 10;

/** Counts what happened within the last moments. */
export interface SlidingCounter {
  /** Counts one thing, or several at once. */
  add(count?: number): void;
  /** How much was added within the window, give or take a tenth of it. */
  total(): number;
  clear(): void;
}

/**
 * Makes a counter over a sliding window, in constant memory.
 *
 * @param windowMs - the length of the window, in milliseconds
 * @param now - a monotonic clock, in milliseconds
 */
export function createSlidingCounter(windowMs: number, now: () => number): SlidingCounter {
  const bucketMs = windowMs / BUCKETS;
  const counts = new Array<number>(BUCKETS).fill(0);
  let total = 0;
  let latest = Math.floor(now() / bucketMs);

  /** Empties the buckets whose time is over. */
  const advance = () => {
    const current = Math.floor(now() / bucketMs);
    const steps = Math.min(current - latest, BUCKETS);
    for (let step = 1; step <= steps; step += 1) {
      const index = (latest + step) % BUCKETS;
      total -= counts[index] ?? 0;
      counts[index] = 0;
    }
    latest = current;
  };

  return {
    add(count = 1) {
      advance();
      const index = latest % BUCKETS;
      counts[index] = (counts[index] ?? 0) + count;
      total += count;
    },
    total() {
      advance();
      return total;
    },
    clear() {
      counts.fill(0);
      total = 0;
    },
  };
}
