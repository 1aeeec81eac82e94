import type { UsageBatch } from '../limits/usage/usage.ts';
import type { UsageLog } from '../limits/usage/usage-log.ts';
import { createUsageOutbox, type UsageOutbox } from '../limits/usage/usage-outbox.ts';

/** Hands on to the primary what a worker counts. */
export interface WorkerUsage {
  /** Begins to hand on what a log gathers. */
  follow(log: Pick<UsageLog, 'take'>, flushMs: number): void;
  /** The primary says that a batch is safe. */
  taken(sequence: number): void;
  /** Hands all of it on, and waits until it is safe. @returns what nobody took in time, the oldest first */
  finish(deadlineMs: number): Promise<readonly UsageBatch[]>;
}

/** @param send - to the primary; what is lost on the way is sent again */
export function createWorkerUsage(send: (batch: UsageBatch) => void): WorkerUsage {
  let outbox: UsageOutbox | undefined;
  let timer: NodeJS.Timeout | undefined;
  return {
    follow(log, flushMs) {
      const followed = createUsageOutbox({ log, send });
      outbox = followed;
      timer = setInterval(() => followed.pump(), flushMs).unref();
    },
    taken: (sequence) => outbox?.taken(sequence),
    async finish(deadlineMs) {
      clearInterval(timer);
      return (await outbox?.finish(deadlineMs)) ?? [];
    },
  };
}
