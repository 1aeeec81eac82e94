import type { CancelSignal } from '../lib/cancellation.ts';
import { startDeadline } from '../transport/deadline.ts';
import { InFlight, type SharedWork } from './shared-call.ts';

export interface ShareRunsOptions {
  /** How long each request waits for its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Told when a request joined a run. */
  readonly onShared: () => void;
}

/** One request that may share a run. */
export interface RunRequest<Answer> {
  /** Requests with equal keys share a run; undefined shares none. */
  readonly key: string | undefined;
  /** Aborted when the client leaves. */
  readonly signal: CancelSignal;
  readonly run: SharedWork<Answer>;
}

/**
 * Whole runs of operations, each for one request or for several equal ones.
 *
 * Each request has its own deadline, from its own beginning, whether it started the run or joined it. A run lives as
 * long as one of them may still wait, and is joined no more when it is as old as a deadline: it lives for two at the
 * most.
 */
export function createRunSharing<Answer>({ timeoutMs, onShared }: ShareRunsOptions) {
  const inFlight = new InFlight<Answer>({ joinableMs: timeoutMs });
  return async ({ key, signal, run }: RunRequest<Answer>): Promise<Answer> => {
    const deadline = startDeadline('operation', timeoutMs, signal);
    try {
      if (key === undefined) return await run(deadline.signal, () => {});
      return await inFlight.share(key, deadline.signal, run, onShared);
    } finally {
      deadline.clear();
    }
  };
}
