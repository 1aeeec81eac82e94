import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { ConfigError, InternalError, RequestError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { PlannerMessage, PlannerThreadData, PlanRequest } from './planner-messages.ts';

/** Plans operations in a thread of its own. */
export interface Planner {
  /**
   * Starts the thread before the first operation needs it; does nothing when it runs.
   *
   * @throws ConfigError SUPERGRAPH_INVALID when the supergraph cannot be loaded
   */
  warmUp(): Promise<void>;
  /**
   * Plans one operation; calls wait for one another.
   *
   * @param signal - aborted when nobody waits any more: a plan that has not begun is given up
   * @throws RequestError PLAN_TOO_COMPLEX when it takes longer than the budget, OVERLOADED when too many wait;
   *   InternalError when planning fails; the signal's reason
   */
  plan(request: PlanRequest, signal?: CancelSignal): Promise<QueryPlan>;
  close(): Promise<void>;
}

export interface PlannerOptions {
  /** As it was composed. */
  readonly supergraphSdl: string;
  /** The longest that planning one operation may take, in milliseconds. */
  readonly budgetMs: number;
  /** How long the thread is kept without work, in milliseconds; its memory is large. */
  readonly idleMs: number;
  /** Called whenever a thread has started. */
  readonly onStart?: () => void;
}

/** A composed schema of ten thousand types loads in less; more is not a supergraph but a bomb. */
const THREAD_MEMORY_MIB = 1024;

/** How many operations may wait to be planned. */
const QUEUE_LIMIT = 500;

interface Waiting {
  readonly request: PlanRequest;
  readonly signal: CancelSignal | undefined;
  readonly resolve: (plan: QueryPlan) => void;
  readonly reject: (error: Error) => void;
}

/** A thread that has loaded the supergraph. */
interface ReadyThread {
  readonly worker: Worker;
  /** Set when it has ended by itself, between two plans or in one. */
  isDead: boolean;
}

/**
 * Makes a planner, whose thread starts when it is first needed.
 *
 * The thread ends when it has been idle and starts again when it is needed. A plan that takes too long ends the
 * thread: JavaScript cannot be interrupted otherwise. Those who wait behind it are served by the next one.
 */
export function createPlanner(options: PlannerOptions): Planner {
  const { budgetMs, idleMs } = options;
  const queue: Waiting[] = [];
  let thread: Promise<ReadyThread> | undefined;
  let isWorking = false;
  let isClosed = false;
  let idleTimer: NodeJS.Timeout | undefined;

  const endThread = async (): Promise<void> => {
    const ended = thread;
    thread = undefined;
    await ended?.then(
      ({ worker }) => worker.terminate(),
      () => {},
    );
  };
  /** The thread of now, or a new one. */
  const runningThread = async (): Promise<ReadyThread> => {
    if (thread !== undefined && (await thread).isDead) thread = undefined;
    thread ??= startThread(options).catch((error) => {
      // The next one who needs a thread tries again.
      thread = undefined;
      throw error;
    });
    return thread;
  };
  const endWhenIdle = (): void => {
    idleTimer = setTimeout(() => void endThread(), idleMs).unref();
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    clearTimeout(idleTimer);
    for (let next = queue.shift(); next !== undefined; next = queue.shift()) {
      if (next.signal?.aborted) {
        next.reject(next.signal.reason as Error);
        continue;
      }
      try {
        const { worker } = await runningThread();
        next.resolve(await planWithin(worker, next.request, budgetMs));
      } catch (error) {
        // Whatever went wrong, its state is not to be trusted: the next plan gets a new thread.
        await endThread();
        next.reject(error as Error);
      }
    }
    isWorking = false;
    if (isClosed) await endThread();
    else endWhenIdle();
  };

  return {
    async warmUp() {
      if (isClosed) return;
      await runningThread();
      if (isWorking || isClosed) return;
      clearTimeout(idleTimer);
      endWhenIdle();
    },
    plan(request, signal) {
      if (isClosed) return Promise.reject(new InternalError('the planner is closed'));
      if (queue.length >= QUEUE_LIMIT) return Promise.reject(new RequestError('OVERLOADED'));
      const { promise, resolve, reject } = Promise.withResolvers<QueryPlan>();
      queue.push({ request, signal, resolve, reject });
      void work();
      return promise;
    },
    async close() {
      isClosed = true;
      clearTimeout(idleTimer);
      if (!isWorking) await endThread();
    },
  };
}

async function startThread({ supergraphSdl, onStart }: PlannerOptions): Promise<ReadyThread> {
  const workerData: PlannerThreadData = { supergraphSdl };
  const worker = new Worker(new URL('./planner-thread.ts', import.meta.url), {
    workerData,
    name: 'planner',
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB },
  });
  // It never keeps a process alive that has nothing else to do.
  worker.unref();
  // Between two plans nobody else listens, and an error that nobody listens to ends the process.
  const thread: ReadyThread = { worker, isDead: false };
  const die = () => {
    thread.isDead = true;
  };
  worker.on('error', die).on('exit', die);
  try {
    const message = await nextMessage(worker);
    if (message.type === 'ready') {
      onStart?.();
      return thread;
    }
    const reason = message.type === 'refused' ? message.message : 'the planner did not start';
    throw new ConfigError('SUPERGRAPH_INVALID', `The supergraph cannot be served: ${reason}`);
  } catch (error) {
    await worker.terminate();
    throw error;
  }
}

async function planWithin(worker: Worker, request: PlanRequest, budgetMs: number): Promise<QueryPlan> {
  const budget = new AbortController();
  const timer = setTimeout(() => budget.abort(), budgetMs);
  try {
    worker.postMessage(request);
    const message = await nextMessage(worker, budget.signal);
    if (message.type === 'planned') return message.plan;
    throw new InternalError(
      message.type === 'failed' ? message.message : 'an unexpected answer of the planner',
    );
  } finally {
    clearTimeout(timer);
  }
}

/** The next message of a thread; its death or the end of the budget come instead. */
function nextMessage(worker: Worker, budget?: AbortSignal): Promise<PlannerMessage> {
  const { promise, resolve, reject } = Promise.withResolvers<PlannerMessage>();
  const onExit = () => reject(new InternalError('the planner died'));
  const onBudget = () => reject(new RequestError('PLAN_TOO_COMPLEX'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  budget?.addEventListener('abort', onBudget, { once: true });
  return promise.finally(() => {
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
    budget?.removeEventListener('abort', onBudget);
  });
}
