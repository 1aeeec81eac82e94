import { AggregatorRegistry } from 'prom-client';
import type { KeyUse } from '../auth/key-usage.ts';
import type { ReadUsage } from '../context.ts';
import type { SignedSnapshot } from '../control/signed-snapshot.ts';
import type { UsageBatch } from '../limits/usage/usage.ts';
import type { Logger } from '../observability/logger.ts';
import type { PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { KeyRecord, Snapshot } from '../snapshot.ts';
import type { AdoptedWorker } from './adopted-worker.ts';
import { WorkerSlot, type WorkerStart, type WorkerState } from './worker-slot.ts';
import type { WorkerSource } from './worker-source.ts';

/** A worker as `/api/status` tells it. */
export interface WorkerStatus {
  readonly pid: number | undefined;
  readonly state: WorkerState;
  readonly snapshotId: string | undefined;
  /** ISO 8601, UTC. */
  readonly startedAt: string;
  /** Resident memory in bytes; null when the worker does not answer. */
  readonly rssBytes: number | null;
}

export interface WorkerPoolOptions {
  readonly count: number;
  readonly source: WorkerSource;
  /** Workers that have outlived the primary before, at most `count`. */
  readonly adopted?: readonly AdoptedWorker[];
  readonly startWith: WorkerStart;
  /** Signs what workers are to serve. */
  readonly sign: (snapshot: Snapshot) => SignedSnapshot;
  readonly drainTimeoutMs: number;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
}

/** The workers that serve from one listening socket; their processes load their code while the first snapshot is made. */
export class WorkerPool {
  readonly #options: WorkerPoolOptions;
  /** Those, too, that leave while another one has their place already. */
  readonly #slots = new Set<WorkerSlot>();
  readonly #replacing = new Map<WorkerSlot, Promise<void>>();
  #current: Snapshot | undefined;
  #signed: SignedSnapshot | undefined;
  /** Keys that came after the snapshot that is being handed out was made. */
  #hurriedKeys: readonly KeyRecord[] | undefined;
  #isWarm = false;
  #isStopping = false;
  #reloads: Promise<void> = Promise.resolve();
  #onKeyUses = (_uses: readonly KeyUse[]): void => {};
  #takeUsage = (_batch: UsageBatch): Promise<void> => Promise.reject(new Error('nobody takes usage yet'));
  #readUsage: ReadUsage = async () => {
    throw new Error('nobody keeps what was used');
  };

  constructor(options: WorkerPoolOptions) {
    this.#options = options;
    const { count, adopted = [] } = options;
    for (let index = 0; index < count; index += 1) this.#addSlot(adopted[index]);
    this.#countReady();
  }

  /** The snapshot that workers serve from; undefined before the start. */
  get snapshot(): Snapshot | undefined {
    return this.#current;
  }

  /** The same as it was handed to them. */
  get signedSnapshot(): SignedSnapshot | undefined {
    return this.#signed;
  }

  /**
   * Hands the first snapshot out; resolves when every worker serves.
   *
   * @throws ConfigError with the reason of the worker that cannot
   */
  async start(snapshot: Snapshot): Promise<void> {
    const { metrics, sign } = this.#options;
    this.#current = snapshot;
    this.#signed = sign(snapshot);
    for (const slot of this.#slots) slot.begin();
    await Promise.all([...this.#slots].map(({ firstStart }) => firstStart));
    // Workers that have outlived another primary serve what that one handed out.
    await this.#enqueue(() => this.#catchUp());
    metrics.snapshots.inc({ outcome: 'served' });
    void this.#replaceOlder();
  }

  /**
   * Swaps to a new snapshot: one worker tries it, then the others follow. A refused one changes nothing.
   *
   * @throws Error with the reason of the worker that refused it
   */
  reload(snapshot: Snapshot): Promise<void> {
    this.#hurriedKeys = undefined;
    return this.#enqueue(() => this.#swap(snapshot));
  }

  /** Lets all workers, and those that will replace them, load what the first operations need. */
  warmUp(): void {
    this.#isWarm = true;
    for (const slot of this.#slots) slot.warmUp();
  }

  /**
   * Hands keys to all workers that serve, past a swap that is going on: the next snapshot has to hold them, too.
   */
  replaceKeys(keys: readonly KeyRecord[]): void {
    this.#hurriedKeys = keys;
    for (const slot of this.#ready()) slot.replaceKeys(keys);
  }

  /**
   * Replaces all workers, one after another: each leaves when its successor serves. One that cannot be replaced stays.
   */
  async replaceAll(): Promise<void> {
    for (const slot of [...this.#slots]) await this.#replace(slot);
  }

  /** Why the pool does not serve with all its workers; empty when it does. */
  notReadyReasons(): readonly string[] {
    const { count } = this.#options;
    const missing = count - this.#ready().length;
    return missing <= 0 ? [] : [`${missing} of ${count} workers do not serve`];
  }

  status(): Promise<readonly WorkerStatus[]> {
    return Promise.all(
      [...this.#slots].map(async (slot) => {
        const report = await slot.report();
        return {
          pid: slot.pid,
          state: slot.state,
          snapshotId: slot.snapshotId,
          startedAt: new Date(slot.startedAtMs).toISOString(),
          rssBytes: report?.rssBytes ?? null,
        };
      }),
    );
  }

  /** Metrics of all workers and of the primary, summed, as Prometheus text. */
  async metricsText(): Promise<string> {
    const reports = await Promise.all([...this.#slots].map((slot) => slot.report()));
    const workers = reports.flatMap((report) => (report === undefined ? [] : [report.metrics]));
    const own = await this.#options.metrics.registry.getMetricsAsJSON();
    return AggregatorRegistry.aggregate([own, ...workers]).metrics();
  }

  /** Tells from now on when secrets of keys were used last, as workers see it. */
  followKeyUses(listener: (uses: readonly KeyUse[]) => void): void {
    this.#onKeyUses = listener;
  }

  /** Has somebody take what workers have counted; until then they keep it. */
  followUsage(take: (batch: UsageBatch) => Promise<void>): void {
    this.#takeUsage = take;
  }

  /** Answers workers whose callers ask what they have used; until then they are told that nobody knows. */
  answerUsageQueries(read: ReadUsage): void {
    this.#readUsage = read;
  }

  /** Ends every worker when its last request has ended. */
  async drain(): Promise<void> {
    this.#isStopping = true;
    // First this process lets go of the socket: once the last worker has left, new connections are refused.
    this.#options.source.close();
    await Promise.all([...this.#slots].map((slot) => slot.drain()));
  }

  /** Leaves those workers alone that have outlived the primary before: this one cannot take its place. */
  release(): void {
    for (const slot of this.#slots) slot.release();
  }

  kill(): void {
    this.#isStopping = true;
    for (const slot of this.#slots) slot.kill();
  }

  #ready(): WorkerSlot[] {
    return [...this.#slots].filter(({ state }) => state === 'ready');
  }

  #countReady(): void {
    this.#options.metrics.workersReady.set(this.#ready().length);
  }

  #addSlot(adopted?: AdoptedWorker): WorkerSlot {
    const { metrics } = this.#options;
    const slot: WorkerSlot = new WorkerSlot({
      ...this.#options,
      adopted,
      findLender: () => this.#ready().find(({ isAdopted }) => isAdopted),
      currentSnapshot: () => this.#signed,
      onKeyUses: (uses) => this.#onKeyUses(uses),
      takeUsage: (batch) => this.#takeUsage(batch),
      readUsage: (query) => this.#readUsage(query),
      onReady: () => {
        this.#countReady();
        if (this.#isWarm) slot.warmUp();
        if (this.#hurriedKeys !== undefined) slot.replaceKeys(this.#hurriedKeys);
        void this.#enqueue(() => this.#catchUp());
      },
      onDeath: () => {
        metrics.restarts.inc({ process: 'worker' });
        this.#countReady();
      },
      onLeaving: () => void this.#replace(slot),
    });
    this.#slots.add(slot);
    return slot;
  }

  /** Workers of another version, or with other secrets, are known by another generation. */
  async #replaceOlder(): Promise<void> {
    const { startWith, log } = this.#options;
    for (const slot of [...this.#slots]) {
      if (slot.generation === startWith.generation) continue;
      log.info({ pid: slot.pid }, 'a worker of another version or with other secrets is replaced');
      await this.#replace(slot);
    }
  }

  /** Starts another worker, and ends the one in the slot once that one serves. */
  #replace(slot: WorkerSlot): Promise<void> {
    if (this.#isStopping) return slot.drain();
    const replacing = this.#replacing.get(slot) ?? this.#replaceOnce(slot);
    this.#replacing.set(slot, replacing);
    return replacing.finally(() => this.#replacing.delete(slot));
  }

  async #replaceOnce(slot: WorkerSlot): Promise<void> {
    const { log } = this.#options;
    const successor = this.#addSlot();
    try {
      await successor.firstStart;
    } catch (error) {
      log.error({ err: error, pid: slot.pid }, 'a worker cannot be replaced');
      await successor.drain();
      this.#slots.delete(successor);
      return;
    }
    await slot.drain();
    this.#slots.delete(slot);
    this.#countReady();
  }

  async #swap(next: Snapshot): Promise<void> {
    if (next.id === this.#current?.id) return;
    const { sign, metrics, startWith } = this.#options;
    const nextSigned = sign(next);
    try {
      const ready = this.#ready();
      const first = ready.find(({ generation }) => generation === startWith.generation) ?? ready[0];
      if (first === undefined) throw new Error('no worker serves now');
      await this.#reloadSlot(first, nextSigned);
    } catch (error) {
      metrics.snapshots.inc({ outcome: 'refused' });
      throw error;
    }
    this.#current = next;
    this.#signed = nextSigned;
    metrics.snapshots.inc({ outcome: 'served' });
    await this.#catchUp();
  }

  #reloadSlot(slot: WorkerSlot, snapshot: SignedSnapshot): Promise<void> {
    const reloaded = slot.reload(snapshot);
    // Messages keep their order: these keys outlast the older ones of the snapshot.
    if (this.#hurriedKeys !== undefined) slot.replaceKeys(this.#hurriedKeys);
    return reloaded;
  }

  /** Swaps run one after another: a worker is never asked for two at once. */
  #enqueue(work: () => Promise<void>): Promise<void> {
    const done = this.#reloads.then(work);
    this.#reloads = done.catch(() => {});
    return done;
  }

  /** Brings every worker to the current snapshot, those too that started while a swap was going on. */
  async #catchUp(): Promise<void> {
    const snapshot = this.#signed;
    if (snapshot === undefined) return;
    const behind = this.#ready().filter(({ snapshotId }) => snapshotId !== snapshot.id);
    const results = await Promise.allSettled(behind.map((slot) => this.#reloadSlot(slot, snapshot)));
    for (const result of results) {
      if (result.status === 'rejected')
        this.#options.log.error({ err: result.reason }, 'a worker stays behind');
    }
  }
}
