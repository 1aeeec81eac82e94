import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { KeyUse } from '../auth/key-usage.ts';
import type { ReadUsage, UsageQuery } from '../context.ts';
import type { SignedSnapshot } from '../control/signed-snapshot.ts';
import { ConfigError } from '../errors/errors.ts';
import type { UsageBatch } from '../limits/usage/usage.ts';
import type { Logger } from '../observability/logger.ts';
import type { KeyRecord, WorkerSecrets } from '../snapshot.ts';
import type { BoundListener } from './bind-listener.ts';
import type { ForwardOutput } from './forward-output.ts';
import { readWorkerMessage, type WorkerMessage, type WorkerMetrics } from './protocol.ts';
import { sendMessage } from './send-message.ts';
import { type ChildEnd, superviseChild } from './supervised-child.ts';
import { WORKER_NODE_OPTIONS } from './worker-node-options.ts';

const PROGRAM = fileURLToPath(new URL('./worker-main.ts', import.meta.url));
const REPORT_TIMEOUT_MS = 2_000;
/** After its own deadline a worker gets this long to end by itself. */
const DRAIN_GRACE_MS = 1_000;

export type WorkerState = 'starting' | 'ready' | 'draining';

/** What a worker tells of itself when asked. */
export interface WorkerReport {
  readonly metrics: WorkerMetrics;
  readonly rssBytes: number;
}

export interface WorkerSlotOptions {
  readonly listener: BoundListener;
  readonly secrets: WorkerSecrets;
  /** The public key that snapshots are signed with; PEM. */
  readonly snapshotKey: string;
  /** What a worker serves from when it starts; undefined until there is one. */
  readonly currentSnapshot: () => SignedSnapshot | undefined;
  readonly log: Logger;
  readonly forwardOutput: ForwardOutput;
  readonly drainTimeoutMs: number;
  readonly onReady: () => void;
  readonly onDeath: () => void;
  readonly onKeyUses: (uses: readonly KeyUse[]) => void;
  /** Resolves once a batch is safe; one that is not taken comes again. */
  readonly takeUsage: (batch: UsageBatch) => Promise<void>;
  /** Asked by the worker for a caller; whatever it throws is told as "not now". */
  readonly readUsage: ReadUsage;
}

/** The place of one worker: whoever dies there is replaced. */
export interface WorkerSlot {
  readonly state: WorkerState;
  readonly pid: number | undefined;
  readonly startedAtMs: number;
  /** The snapshot that the worker serves from; undefined while it starts. */
  readonly snapshotId: string | undefined;
  /** Settles with the first start: ready, or the ConfigError that says why it never will be. */
  readonly firstStart: Promise<void>;
  /** Hands the process the current snapshot and the socket. */
  begin(): void;
  /** @throws Error with the worker's reason; it serves the snapshot before then, or has died */
  reload(snapshot: SignedSnapshot): Promise<void>;
  /** Lets the worker load what the first operations need; does nothing while it does not serve. */
  warmUp(): void;
  /** Hands the worker other keys, past any snapshot that it is loading. */
  replaceKeys(keys: readonly KeyRecord[]): void;
  /** Undefined when the worker does not serve or does not answer in time. */
  report(): Promise<WorkerReport | undefined>;
  drain(): Promise<void>;
  kill(): void;
}

interface PendingReload {
  readonly snapshotId: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** Starts a worker, which loads its code at once and serves from `begin` on. */
export function createWorkerSlot(options: WorkerSlotOptions): WorkerSlot {
  const { listener, secrets, snapshotKey, currentSnapshot, log, drainTimeoutMs, forwardOutput } = options;
  const firstStart = Promise.withResolvers<void>();
  // Whoever starts the pool awaits it; until then a rejection has nobody who listens.
  firstStart.promise.catch(() => {});
  let state: WorkerState = 'starting';
  let hasServed = false;
  let snapshotId: string | undefined;
  let pendingReload: PendingReload | undefined;
  let nextRequestId = 1;
  const pendingReports = new Map<number, (report: WorkerReport | undefined) => void>();

  const spawn = () => {
    const child = fork(PROGRAM, {
      execArgv: [...process.execArgv, ...WORKER_NODE_OPTIONS],
      stdio: ['ignore', forwardOutput.stdio, 'inherit', 'ipc'],
    });
    forwardOutput.attach(child);
    child.on('message', (message) => hear(readWorkerMessage(message)));
    return child;
  };
  const begin = (): void => {
    const snapshot = currentSnapshot();
    if (snapshot === undefined || supervised.process === undefined) return;
    sendMessage(supervised.process, { type: 'start', snapshot, secrets, snapshotKey }, listener.handle);
  };
  const hear = (message: WorkerMessage): void => {
    switch (message.type) {
      case 'ready':
        state = 'ready';
        hasServed = true;
        snapshotId = message.snapshotId;
        supervised.markReady();
        firstStart.resolve();
        options.onReady();
        break;
      case 'failed':
        // The first start fails as a whole, and whoever started the pool tells why.
        if (hasServed) log.error({ code: message.code, reason: message.message }, 'a worker cannot start');
        else supervised.giveUp();
        firstStart.reject(new ConfigError(message.code, message.message));
        break;
      case 'reloaded':
        snapshotId = message.snapshotId;
        settleReload(message.snapshotId, (pending) => pending.resolve());
        break;
      case 'reload-failed':
        settleReload(message.snapshotId, (pending) => pending.reject(new Error(message.message)));
        break;
      case 'key-uses':
        options.onKeyUses(message.uses);
        break;
      case 'usage':
        void takeUsage(message.batch);
        break;
      case 'usage-query':
        void answerUsage(message.requestId, message.query);
        break;
      case 'report':
        pendingReports.get(message.requestId)?.(message);
        break;
    }
  };
  const answerUsage = async (requestId: number, query: UsageQuery): Promise<void> => {
    const asker = supervised.process;
    const days = await options.readUsage(query).catch((err: unknown) => {
      log.warn({ err }, 'what was used cannot be read');
      return null;
    });
    if (asker === undefined) return;
    sendMessage(asker, { type: 'usage-answer', requestId, days: days === null ? null : [...days] });
  };
  const takeUsage = async (batch: UsageBatch): Promise<void> => {
    const sender = supervised.process;
    const isTaken = await options.takeUsage(batch).then(
      () => true,
      () => false,
    );
    if (isTaken && sender !== undefined)
      sendMessage(sender, { type: 'usage-taken', sequence: batch.sequence });
  };
  const settleReload = (id: string, settle: (pending: PendingReload) => void): void => {
    if (pendingReload?.snapshotId !== id) return;
    settle(pendingReload);
    pendingReload = undefined;
  };
  const forget = (): void => {
    state = 'starting';
    snapshotId = undefined;
    pendingReload?.reject(new Error('the worker died'));
    pendingReload = undefined;
    for (const answer of pendingReports.values()) answer(undefined);
  };
  const supervised = superviseChild({
    name: 'worker',
    log,
    spawn() {
      const child = spawn();
      // The first process waits for `begin`; its successors know what to serve.
      queueMicrotask(begin);
      return child;
    },
    onDeath() {
      forget();
      options.onDeath();
    },
    onGivingUp(end) {
      firstStart.reject(
        new ConfigError('START_FAILED', `A worker died again and again at its start (${describeEnd(end)}).`),
      );
    },
    askToStop: (child) => sendMessage(child, { type: 'drain' }),
    stopTimeoutMs: drainTimeoutMs + DRAIN_GRACE_MS,
  });

  return {
    get state() {
      return state;
    },
    get pid() {
      return supervised.process?.pid;
    },
    get startedAtMs() {
      return supervised.startedAtMs;
    },
    get snapshotId() {
      return snapshotId;
    },
    firstStart: firstStart.promise,
    begin,
    async reload(snapshot) {
      const child = supervised.process;
      if (state !== 'ready' || child === undefined) throw new Error('the worker does not serve');
      const { promise, resolve, reject } = Promise.withResolvers<void>();
      pendingReload = { snapshotId: snapshot.id, resolve, reject };
      sendMessage(child, { type: 'reload', snapshot });
      return promise;
    },
    warmUp() {
      const child = supervised.process;
      if (state === 'ready' && child !== undefined) sendMessage(child, { type: 'warm-up' });
    },
    replaceKeys(keys) {
      if (supervised.process !== undefined)
        sendMessage(supervised.process, { type: 'keys', keys: [...keys] });
    },
    async report() {
      const child = supervised.process;
      if (state !== 'ready' || child === undefined) return undefined;
      const requestId = nextRequestId++;
      const { promise, resolve } = Promise.withResolvers<WorkerReport | undefined>();
      pendingReports.set(requestId, resolve);
      const timer = setTimeout(resolve, REPORT_TIMEOUT_MS, undefined);
      sendMessage(child, { type: 'report', requestId });
      return promise.finally(() => {
        clearTimeout(timer);
        pendingReports.delete(requestId);
      });
    },
    drain() {
      state = 'draining';
      return supervised.stop();
    },
    kill: () => supervised.kill(),
  };
}

function describeEnd({ exitCode, signal }: ChildEnd): string {
  return signal ?? `exit code ${exitCode}`;
}
