import { setImmediate as nextTurn } from 'node:timers/promises';

/** How long work runs before others get their turn; a step may run over it by its own length. */
const SLICE_MS = 4;

/** Runs work without a pause: for what somebody waits for. */
export function runAtOnce<Result>(work: Generator<undefined, Result>): Result {
  for (;;) {
    const { done, value } = work.next();
    if (done) return value;
  }
}

/**
 * Runs long work in slices, so that requests in between wait no longer than a slice and one step. The work says
 * with each `yield` where it may be interrupted.
 *
 * @param signal - ends the work early
 * @throws the signal's reason when it was ended; whatever the work throws
 */
export async function runInSlices<Result>(
  work: Generator<undefined, Result>,
  signal: AbortSignal,
): Promise<Result> {
  for (;;) {
    await nextTurn();
    signal.throwIfAborted();
    const end = performance.now() + SLICE_MS;
    do {
      const { done, value } = work.next();
      if (done) return value;
    } while (performance.now() < end);
  }
}
