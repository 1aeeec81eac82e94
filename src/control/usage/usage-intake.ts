import { setTimeout as delay } from 'node:timers/promises';
import type { UsageBatch } from '../../limits/usage/usage.ts';
import type { Logger } from '../../observability/logger.ts';
import type { UsageSpool } from './usage-spool.ts';
import type { UsageStore } from './usage-store.ts';

/** Takes batches from those who gather them. */
export interface UsageIntake {
  /**
   * Resolves once a batch is in the tables, or on disk while they are away: nothing loses it from then on. The same batch
   * once more is counted once.
   *
   * @throws Error when neither has room: whoever holds it keeps it and sends it again
   */
  take(batch: UsageBatch): Promise<void>;
  /** Writes no more; what is on disk waits for the next start. */
  close(): Promise<void>;
}

export interface UsageIntakeOptions {
  readonly store: Pick<UsageStore, 'record'>;
  readonly spool: UsageSpool;
  /** Whether the tables answer at all. */
  readonly isReachable: () => Promise<boolean>;
  readonly log: Logger;
  /** How long the tables may take before a batch goes to disk, in milliseconds. */
  readonly storeTimeoutMs?: number;
  /** How often the tables are tried again while there are batches on disk, in milliseconds. */
  readonly retryMs?: number;
}

const STORE_TIMEOUT_MS = 2_000;
const RETRY_MS = 1_000;
/** So often the tables may refuse a batch while they answer otherwise, before it is put aside. */
const REFUSALS = 5;

export function createUsageIntake(options: UsageIntakeOptions): UsageIntake {
  const intake = new Intake(options);
  return { take: (batch) => intake.take(batch), close: () => intake.close() };
}

class Intake {
  readonly #options: UsageIntakeOptions;
  /** Batches that are being written, by source and sequence: one that comes again meanwhile waits for the same. */
  readonly #underWay = new Map<string, Promise<void>>();
  /** One write at a time, in the order of arrival. */
  #last: Promise<unknown> = Promise.resolve();
  #retry: NodeJS.Timeout | undefined;
  #isAway = false;
  #isClosed = false;
  #refusals = 0;

  constructor(options: UsageIntakeOptions) {
    this.#options = options;
    if (!options.spool.isEmpty) this.#plan();
  }

  take(batch: UsageBatch): Promise<void> {
    const key = `${batch.source} ${batch.sequence}`;
    const known = this.#underWay.get(key);
    if (known !== undefined) return known;
    const taken = this.#enqueue(() => this.#keep(batch)).finally(() => this.#underWay.delete(key));
    this.#underWay.set(key, taken);
    return taken;
  }

  async close(): Promise<void> {
    this.#isClosed = true;
    clearTimeout(this.#retry);
    await this.#last;
  }

  #enqueue<Result>(work: () => Promise<Result>): Promise<Result> {
    const done = this.#last.then(work);
    this.#last = done.catch(() => {});
    return done;
  }

  /** While batches wait on disk others go there, too: those of a source are counted in their order. */
  async #keep(batch: UsageBatch): Promise<void> {
    const { spool, log } = this.#options;
    if (spool.isEmpty) {
      try {
        await this.#record(batch);
        return;
      } catch (err) {
        if (!this.#isAway) log.warn({ err }, 'usage cannot be written to the tables; it is kept on disk');
        this.#isAway = true;
      }
    }
    this.#plan();
    if (!spool.add(batch)) throw new Error('there is no room for usage on disk (usage.spoolBytes)');
  }

  /** A write that takes too long may still happen: the batch is known again by its number then. */
  async #record(batch: UsageBatch): Promise<void> {
    const { store, storeTimeoutMs = STORE_TIMEOUT_MS } = this.#options;
    const stop = new AbortController();
    const recording = store.record(batch);
    recording.catch(() => {});
    const late = delay(storeTimeoutMs, undefined, { signal: stop.signal }).then(() => {
      throw new Error(`the tables took longer than ${storeTimeoutMs} ms`);
    });
    late.catch(() => {});
    try {
      await Promise.race([recording, late]);
    } finally {
      stop.abort();
    }
  }

  #plan(): void {
    if (this.#isClosed || this.#retry !== undefined) return;
    const { retryMs = RETRY_MS } = this.#options;
    this.#retry = setTimeout(() => {
      this.#retry = undefined;
      void this.#enqueue(() => this.#drain()).finally(() => {
        if (!this.#options.spool.isEmpty) this.#plan();
      });
    }, retryMs).unref();
  }

  /** Writes what is on disk to the tables, until that is all or they refuse. */
  async #drain(): Promise<void> {
    const { spool, log } = this.#options;
    let written = 0;
    for (;;) {
      const spooled = spool.next();
      if (spooled === undefined || this.#isClosed) break;
      const { file, batch } = spooled;
      try {
        if (batch === undefined) throw new Error('the file holds no batch');
        await this.#record(batch);
      } catch (err) {
        await this.#putAside(file, err, batch === undefined);
        return;
      }
      spool.remove(file);
      this.#refusals = 0;
      written += 1;
    }
    if (spool.isEmpty) this.#isAway = false;
    if (written > 0) log.info({ batches: written }, 'usage that was kept on disk is in the tables');
  }

  /** One batch that can never be counted must not hold up all others. */
  async #putAside(file: string, err: unknown, isUnreadable: boolean): Promise<void> {
    const { spool, log, isReachable } = this.#options;
    if (!isUnreadable && !(await isReachable())) return;
    this.#refusals += 1;
    if (!isUnreadable && this.#refusals < REFUSALS) return;
    this.#refusals = 0;
    log.error({ err, file: spool.reject(file) }, 'usage cannot be counted and is put aside');
  }
}
