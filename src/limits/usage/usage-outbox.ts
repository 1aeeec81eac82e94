import { randomUUID } from 'node:crypto';
import type { UsageBatch } from './usage.ts';
import type { UsageLog } from './usage-log.ts';

/** Hands on what a log gathers, batch by batch. */
export interface UsageOutbox {
  /** Sends what was gathered, unless a batch is on its way; one that nobody took for a while is sent again. */
  pump(): void;
  /** Says that a batch is where nothing that befalls this process can lose it. */
  taken(sequence: number): void;
  /** Sends all that is left and waits until it was taken. @returns what nobody took in time, the oldest first */
  finish(deadlineMs: number): Promise<readonly UsageBatch[]>;
}

export interface UsageOutboxOptions {
  readonly log: Pick<UsageLog, 'take'>;
  /** May lose it: what was not taken is sent again. */
  readonly send: (batch: UsageBatch) => void;
  /** How long to wait before a batch is sent again, in milliseconds. */
  readonly resendMs?: number;
  /** Milliseconds that only grow. */
  readonly clock?: () => number;
}

const RESEND_MS = 2_000;

/**
 * Makes an outbox. Its batches are numbered under a name of its own, and one is on its way at a time: the receiver can
 * tell a batch that comes twice, and keeps no list for it.
 */
export function createUsageOutbox({
  log,
  send,
  resendMs = RESEND_MS,
  clock = performance.now.bind(performance),
}: UsageOutboxOptions): UsageOutbox {
  const source = randomUUID();
  let sequence = 0;
  let underWay: { readonly batch: UsageBatch; sentAtMs: number } | undefined;
  let onTaken: (() => void) | undefined;

  const next = (): UsageBatch | undefined => {
    const gathered = log.take();
    if (gathered === undefined) return undefined;
    sequence += 1;
    return { source, sequence, ...gathered };
  };
  const pump = (): void => {
    const nowMs = clock();
    if (underWay === undefined) {
      const batch = next();
      if (batch === undefined) return;
      underWay = { batch, sentAtMs: nowMs };
    } else if (nowMs - underWay.sentAtMs < resendMs) return;
    underWay.sentAtMs = nowMs;
    send(underWay.batch);
  };

  return {
    pump,
    taken(taken) {
      if (underWay?.batch.sequence !== taken) return;
      underWay = undefined;
      onTaken?.();
    },
    async finish(deadlineMs) {
      const { promise: isLate, resolve } = Promise.withResolvers<true>();
      const timer = setTimeout(resolve, deadlineMs, true);
      try {
        // One that was sent before, then what has come in meanwhile.
        for (;;) {
          const taken = new Promise<false>((settle) => {
            onTaken = () => settle(false);
          });
          pump();
          if (underWay === undefined) return [];
          if (await Promise.race([taken, isLate])) break;
        }
      } finally {
        clearTimeout(timer);
      }
      const last = next();
      return [underWay?.batch, last].filter((batch) => batch !== undefined);
    },
  };
}
