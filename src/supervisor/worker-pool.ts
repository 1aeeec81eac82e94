import { AggregatorRegistry } from 'prom-client';
import type { KeyUse } from '../auth/key-usage.ts';
import type { ReadUsage } from '../context.ts';
import type { SignedSnapshot } from '../control/signed-snapshot.ts';
import type { UsageBatch } from '../limits/usage/usage.ts';
import type { Logger } from '../observability/logger.ts';
import type { PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { KeyRecord, Snapshot, WorkerSecrets } from '../snapshot.ts';
import type { BoundListener } from './bind-listener.ts';
import type { ForwardOutput } from './forward-output.ts';
import { createWorkerSlot, type WorkerSlot, type WorkerState } from './worker-slot.ts';

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
  readonly listener: BoundListener;
  readonly secrets: WorkerSecrets;
  /** The public key that snapshots are signed with; PEM. */
  readonly snapshotKey: string;
  /** Signs what workers are to serve. */
  readonly sign: (snapshot: Snapshot) => SignedSnapshot;
  readonly drainTimeoutMs: number;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
  readonly forwardOutput: ForwardOutput;
}

/** The workers that serve from one listening socket. */
export interface WorkerPool {
  /** The snapshot that workers serve from; undefined before the start. */
  readonly snapshot: Snapshot | undefined;
  /** The same as it was handed to them. */
  readonly signedSnapshot: SignedSnapshot | undefined;
  /**
   * Hands the first snapshot out; resolves when every worker serves.
   *
   * @throws ConfigError with the reason of the worker that cannot
   */
  start(snapshot: Snapshot): Promise<void>;
  /**
   * Swaps to a new snapshot: one worker tries it, then the others follow. A refused one changes nothing.
   *
   * @throws Error with the reason of the worker that refused it
   */
  reload(snapshot: Snapshot): Promise<void>;
  /** Lets all workers, and those that will replace them, load what the first operations need. */
  warmUp(): void;
  /**
   * Hands keys to all workers that serve, past a swap that is going on: the next snapshot has to hold them, too.
   */
  replaceKeys(keys: readonly KeyRecord[]): void;
  /** Why the pool does not serve with all its workers; empty when it does. */
  notReadyReasons(): readonly string[];
  status(): Promise<readonly WorkerStatus[]>;
  /** Metrics of all workers and of the primary, summed, as Prometheus text. */
  metricsText(): Promise<string>;
  /** Tells from now on when secrets of keys were used last, as workers see it. */
  followKeyUses(listener: (uses: readonly KeyUse[]) => void): void;
  /** Has somebody take what workers have counted; until then they keep it. */
  followUsage(take: (batch: UsageBatch) => Promise<void>): void;
  /** Answers workers whose callers ask what they have used; until then they are told that nobody knows. */
  answerUsageQueries(read: ReadUsage): void;
  /** Ends every worker when its last request has ended. */
  drain(): Promise<void>;
  kill(): void;
}

/** Starts the workers' processes, which load their code while the first snapshot is still being made. */
export function createWorkerPool(options: WorkerPoolOptions): WorkerPool {
  const { count, sign, log, metrics } = options;
  let current: Snapshot | undefined;
  let signed: SignedSnapshot | undefined;
  /** Keys that came after the snapshot that is being handed out was made. */
  let hurriedKeys: readonly KeyRecord[] | undefined;
  let isWarm = false;
  let reloads: Promise<void> = Promise.resolve();
  let onKeyUses = (_uses: readonly KeyUse[]): void => {};
  let takeUsage = (_batch: UsageBatch): Promise<void> => Promise.reject(new Error('nobody takes usage yet'));
  let readUsage: ReadUsage = async () => {
    throw new Error('nobody keeps what was used');
  };
  const readySlots = (): WorkerSlot[] => slots.filter(({ state }) => state === 'ready');
  const countReady = (): void => metrics.workersReady.set(readySlots().length);
  const slots = Array.from({ length: count }, () =>
    createWorkerSlot({
      ...options,
      currentSnapshot: () => signed,
      onKeyUses: (uses) => onKeyUses(uses),
      takeUsage: (batch) => takeUsage(batch),
      readUsage: (query) => readUsage(query),
      onReady() {
        countReady();
        if (isWarm) warmUp();
        if (hurriedKeys !== undefined) pool.replaceKeys(hurriedKeys);
        void enqueue(catchUp);
      },
      onDeath() {
        metrics.restarts.inc({ process: 'worker' });
        countReady();
      },
    }),
  );
  const warmUp = (): void => {
    for (const slot of slots) slot.warmUp();
  };
  const reloadSlot = (slot: WorkerSlot, snapshot: SignedSnapshot): Promise<void> => {
    const reloaded = slot.reload(snapshot);
    // Messages keep their order: these keys outlast the older ones of the snapshot.
    if (hurriedKeys !== undefined) slot.replaceKeys(hurriedKeys);
    return reloaded;
  };
  /** Swaps run one after another: a worker is never asked for two at once. */
  const enqueue = (work: () => Promise<void>): Promise<void> => {
    const done = reloads.then(work);
    reloads = done.catch(() => {});
    return done;
  };
  /** Brings every worker to the current snapshot, those too that started while a swap was going on. */
  const catchUp = async (): Promise<void> => {
    const snapshot = signed;
    if (snapshot === undefined) return;
    const behind = readySlots().filter(({ snapshotId }) => snapshotId !== snapshot.id);
    const results = await Promise.allSettled(behind.map((slot) => reloadSlot(slot, snapshot)));
    for (const result of results) {
      if (result.status === 'rejected') log.error({ err: result.reason }, 'a worker stays behind');
    }
  };
  const swap = async (next: Snapshot): Promise<void> => {
    if (next.id === current?.id) return;
    const nextSigned = sign(next);
    try {
      const [first] = readySlots();
      if (first === undefined) throw new Error('no worker serves now');
      await reloadSlot(first, nextSigned);
    } catch (error) {
      metrics.snapshots.inc({ outcome: 'refused' });
      throw error;
    }
    current = next;
    signed = nextSigned;
    metrics.snapshots.inc({ outcome: 'served' });
    await catchUp();
  };

  const pool: WorkerPool = {
    get snapshot() {
      return current;
    },
    get signedSnapshot() {
      return signed;
    },
    async start(snapshot) {
      current = snapshot;
      signed = sign(snapshot);
      for (const slot of slots) slot.begin();
      await Promise.all(slots.map(({ firstStart }) => firstStart));
      metrics.snapshots.inc({ outcome: 'served' });
    },
    reload(snapshot) {
      hurriedKeys = undefined;
      return enqueue(() => swap(snapshot));
    },
    warmUp() {
      isWarm = true;
      warmUp();
    },
    replaceKeys(keys) {
      hurriedKeys = keys;
      for (const slot of readySlots()) slot.replaceKeys(keys);
    },
    notReadyReasons() {
      const missing = count - readySlots().length;
      return missing === 0 ? [] : [`${missing} of ${count} workers do not serve`];
    },
    status: () =>
      Promise.all(
        slots.map(async (slot) => {
          const report = await slot.report();
          return {
            pid: slot.pid,
            state: slot.state,
            snapshotId: slot.snapshotId,
            startedAt: new Date(slot.startedAtMs).toISOString(),
            rssBytes: report?.rssBytes ?? null,
          };
        }),
      ),
    async metricsText() {
      const reports = await Promise.all(slots.map((slot) => slot.report()));
      const workers = reports.flatMap((report) => (report === undefined ? [] : [report.metrics]));
      return AggregatorRegistry.aggregate([await metrics.registry.getMetricsAsJSON(), ...workers]).metrics();
    },
    followKeyUses(listener) {
      onKeyUses = listener;
    },
    followUsage(take) {
      takeUsage = take;
    },
    answerUsageQueries(read) {
      readUsage = read;
    },
    async drain() {
      // First this process lets go of the socket: once the last worker has left, new connections are refused.
      options.listener.close();
      await Promise.all(slots.map((slot) => slot.drain()));
    },
    kill() {
      for (const slot of slots) slot.kill();
    },
  };
  return pool;
}
