import type { KeyUse } from '../auth/key-usage.ts';
import type { ReadUsage, UsageQuery } from '../context.ts';
import type { SignedSnapshot } from '../control/signed-snapshot.ts';
import { ConfigError } from '../errors/errors.ts';
import type { UsageBatch } from '../limits/usage/usage.ts';
import type { Logger } from '../observability/logger.ts';
import type { KeyRecord } from '../snapshot.ts';
import { AdoptedWorker } from './adopted-worker.ts';
import type { ManagedProcess } from './managed-process.ts';
import {
  type PrimaryMessage,
  readWorkerMessage,
  type WorkerMessage,
  type WorkerMetrics,
} from './protocol.ts';
import { Questions } from './questions.ts';
import { sendMessage } from './send-message.ts';
import { type ChildEnd, type SupervisedChild, superviseChild } from './supervised-child.ts';
import type { Lender, WorkerSource } from './worker-source.ts';

const REPORT_TIMEOUT_MS = 2_000;
const LEND_TIMEOUT_MS = 12_000;
/** After its own deadline a worker gets this long to end by itself. */
const DRAIN_GRACE_MS = 1_000;

export type WorkerState = 'starting' | 'ready' | 'draining';

/** What a worker tells of itself when asked. */
export interface WorkerReport {
  readonly metrics: WorkerMetrics;
  readonly rssBytes: number;
}

/** What a worker is told at its start besides the snapshot. */
export type WorkerStart = Omit<Extract<PrimaryMessage, { type: 'start' }>, 'type' | 'snapshot'>;

export interface WorkerSlotOptions {
  readonly source: Pick<WorkerSource, 'spawn' | 'handleFor'>;
  /** A worker that serves already: it has outlived the primary before. */
  readonly adopted?: AdoptedWorker | undefined;
  /** Has the listening socket, where this process does not. */
  readonly findLender: () => Lender | undefined;
  readonly startWith: WorkerStart;
  /** What a worker serves from when it starts; undefined until there is one. */
  readonly currentSnapshot: () => SignedSnapshot | undefined;
  readonly log: Logger;
  readonly drainTimeoutMs: number;
  readonly onReady: () => void;
  readonly onDeath: () => void;
  /** Called when somebody has asked the worker to end. */
  readonly onLeaving: () => void;
  readonly onKeyUses: (uses: readonly KeyUse[]) => void;
  /** Resolves once a batch is safe; one that is not taken comes again. */
  readonly takeUsage: (batch: UsageBatch) => Promise<void>;
  /** Reads what was used, for a worker whose caller asks. */
  readonly readUsage: ReadUsage;
}

interface PendingReload {
  readonly snapshotId: string;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
}

/** The place of one worker, which loads its code at once and serves from `begin` on: whoever dies there is replaced. */
export class WorkerSlot {
  state: WorkerState = 'starting';
  /** The snapshot that the worker serves from; undefined while it starts. */
  snapshotId: string | undefined;
  /** What the worker was started with. */
  generation: string | null;
  readonly #options: WorkerSlotOptions;
  readonly #supervised: SupervisedChild<ManagedProcess>;
  readonly #firstStart = Promise.withResolvers<void>();
  readonly #reports = new Questions<WorkerReport>(REPORT_TIMEOUT_MS);
  readonly #loans = new Questions<Extract<WorkerMessage, { type: 'lent' }>>(LEND_TIMEOUT_MS);
  /** The process that was told to start. */
  #begun: ManagedProcess | undefined;
  #hasServed = false;
  #pendingReload: PendingReload | undefined;

  constructor(options: WorkerSlotOptions) {
    this.#options = options;
    this.generation = options.startWith.generation;
    // Whoever starts the pool awaits it; until then a rejection has nobody who listens.
    this.#firstStart.promise.catch(() => {});
    this.#supervised = this.#supervise();
    if (options.adopted !== undefined) this.#takeOver(options.adopted);
  }

  get pid(): number | undefined {
    return this.#supervised.process?.pid;
  }

  get startedAtMs(): number {
    return this.#supervised.startedAtMs;
  }

  /** Whether the worker is no child of this process. */
  get isAdopted(): boolean {
    return this.#supervised.process instanceof AdoptedWorker;
  }

  /** Settles with the first start: ready, or the ConfigError that says why it never will be. */
  get firstStart(): Promise<void> {
    return this.#firstStart.promise;
  }

  /** Hands the process the current snapshot and the socket, once. */
  begin(): void {
    const { currentSnapshot, startWith, source } = this.#options;
    const snapshot = currentSnapshot();
    const worker = this.#supervised.process;
    if (snapshot === undefined || worker === undefined || worker === this.#begun) return;
    this.#begun = worker;
    this.generation = startWith.generation;
    sendMessage(worker, { type: 'start', snapshot, ...startWith }, source.handleFor(worker));
  }

  /** @throws Error with the worker's reason; it serves the snapshot before then, or has died */
  async reload(snapshot: SignedSnapshot): Promise<void> {
    const worker = this.#supervised.process;
    if (this.state !== 'ready' || worker === undefined) throw new Error('the worker does not serve');
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#pendingReload = { snapshotId: snapshot.id, resolve, reject };
    sendMessage(worker, { type: 'reload', snapshot });
    return promise;
  }

  /** Lets the worker load what the first operations need; does nothing while it does not serve. */
  warmUp(): void {
    if (this.state === 'ready') this.#send({ type: 'warm-up' });
  }

  /** Hands the worker other keys, past any snapshot that it is loading. */
  replaceKeys(keys: readonly KeyRecord[]): void {
    this.#send({ type: 'keys', keys: [...keys] });
  }

  /** Undefined when the worker does not serve or does not answer in time. */
  async report(): Promise<WorkerReport | undefined> {
    if (this.state !== 'ready') return undefined;
    return this.#reports.ask((requestId) => this.#send({ type: 'report', requestId }));
  }

  /** Has the worker start another one with its socket. @returns the other's process id @throws Error */
  async lend(program: string, execArgv: readonly string[]): Promise<number> {
    const loan = await this.#loans.ask((requestId) =>
      this.#send({ type: 'lend', requestId, program, execArgv: [...execArgv] }),
    );
    if (loan === undefined || loan.pid === null)
      throw new Error(loan?.message ?? 'the worker that has the socket does not answer');
    return loan.pid;
  }

  drain(): Promise<void> {
    this.state = 'draining';
    return this.#supervised.stop();
  }

  /** Leaves a worker alone that is no child of this process. */
  release(): void {
    const worker = this.#supervised.process;
    if (!(worker instanceof AdoptedWorker)) return;
    this.#supervised.release();
    worker.release();
  }

  kill(): void {
    this.#supervised.kill();
  }

  #send(message: PrimaryMessage): void {
    const worker = this.#supervised.process;
    if (worker !== undefined) sendMessage(worker, message);
  }

  #supervise(): SupervisedChild<ManagedProcess> {
    const { source, adopted, findLender, log, drainTimeoutMs, onDeath } = this.#options;
    let first: ManagedProcess | undefined = adopted;
    const listenTo = (worker: ManagedProcess): ManagedProcess => {
      worker.on('message', (message) => this.#read(message));
      // The first process waits for `begin`; its successors know what to serve.
      if (worker !== adopted) setImmediate(() => this.begin());
      return worker;
    };
    return superviseChild<ManagedProcess>({
      name: 'worker',
      log,
      spawn: () => {
        const worker = first ?? source.spawn(findLender());
        first = undefined;
        return worker instanceof Promise ? worker.then(listenTo) : listenTo(worker);
      },
      onDeath: () => {
        this.#forget();
        onDeath();
      },
      onGivingUp: (end) =>
        this.#firstStart.reject(
          new ConfigError(
            'START_FAILED',
            `A worker died again and again at its start (${describeEnd(end)}).`,
          ),
        ),
      askToStop: (worker) => sendMessage(worker, { type: 'drain' }),
      stopTimeoutMs: drainTimeoutMs + DRAIN_GRACE_MS,
    });
  }

  /** It serves already. */
  #takeOver(worker: AdoptedWorker): void {
    const { hello } = worker;
    this.#begun = worker;
    this.state = 'ready';
    this.snapshotId = hello.snapshotId ?? undefined;
    this.generation = hello.generation;
    this.#hasServed = true;
    this.#supervised.markReady();
    this.#firstStart.resolve();
  }

  /** A worker of another version may say what this one does not know: it is replaced soon. */
  #read(raw: unknown): void {
    let message: WorkerMessage;
    try {
      message = readWorkerMessage(raw);
    } catch (error) {
      const facts = { pid: this.pid, reason: (error as Error).message };
      this.#options.log.warn(facts, 'a worker has said what this primary cannot read');
      return;
    }
    this.#hear(message);
  }

  #hear(message: WorkerMessage): void {
    switch (message.type) {
      case 'ready':
        this.#becomeReady(message.snapshotId);
        break;
      case 'failed':
        this.#failToStart(message);
        break;
      case 'reloaded':
        this.snapshotId = message.snapshotId;
        this.#settleReload(message.snapshotId, (pending) => pending.resolve());
        break;
      case 'reload-failed':
        this.#settleReload(message.snapshotId, (pending) => pending.reject(new Error(message.message)));
        break;
      case 'key-uses':
        this.#options.onKeyUses(message.uses);
        break;
      case 'usage':
        void this.#takeUsage(message.batch);
        break;
      case 'usage-query':
        void this.#answerUsage(message.requestId, message.query);
        break;
      case 'report':
        this.#reports.answer(message.requestId, message);
        break;
      case 'lent':
        this.#loans.answer(message.requestId, message);
        break;
      case 'leaving':
        this.#options.onLeaving();
        break;
    }
  }

  #becomeReady(snapshotId: string): void {
    this.state = this.state === 'draining' ? 'draining' : 'ready';
    this.#hasServed = true;
    this.snapshotId = snapshotId;
    this.#supervised.markReady();
    this.#firstStart.resolve();
    this.#options.onReady();
  }

  #failToStart({ code, message }: Extract<WorkerMessage, { type: 'failed' }>): void {
    // The first start fails as a whole, and whoever started the pool tells why.
    if (this.#hasServed) this.#options.log.error({ code, reason: message }, 'a worker cannot start');
    else this.#supervised.giveUp();
    this.#firstStart.reject(new ConfigError(code, message));
  }

  async #answerUsage(requestId: number, query: UsageQuery): Promise<void> {
    const asker = this.#supervised.process;
    const days = await this.#options.readUsage(query).catch((err: unknown) => {
      this.#options.log.warn({ err }, 'what was used cannot be read');
      return null;
    });
    if (asker === undefined) return;
    sendMessage(asker, { type: 'usage-answer', requestId, days: days === null ? null : [...days] });
  }

  async #takeUsage(batch: UsageBatch): Promise<void> {
    const sender = this.#supervised.process;
    const isTaken = await this.#options.takeUsage(batch).then(
      () => true,
      () => false,
    );
    if (isTaken && sender !== undefined)
      sendMessage(sender, { type: 'usage-taken', sequence: batch.sequence });
  }

  #settleReload(id: string, settle: (pending: PendingReload) => void): void {
    if (this.#pendingReload?.snapshotId !== id) return;
    settle(this.#pendingReload);
    this.#pendingReload = undefined;
  }

  #forget(): void {
    this.state = this.state === 'draining' ? 'draining' : 'starting';
    this.snapshotId = undefined;
    this.#pendingReload?.reject(new Error('the worker died'));
    this.#pendingReload = undefined;
    this.#reports.giveUp();
    this.#loans.giveUp();
  }
}

function describeEnd({ exitCode, signal }: ChildEnd): string {
  return signal ?? `exit code ${exitCode}`;
}
