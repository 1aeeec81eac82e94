import { Worker } from 'node:worker_threads';
import type { QueryPlan } from '@apollo/query-planner';
import { ConfigError, InternalError, RequestError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { PlannerCommand, PlannerMessage, PlanRequest } from './planner-messages.ts';

/** A supergraph as a planner's thread knows it. */
export interface PlannedSupergraph {
  /** Unlike that of any other one of the process. */
  readonly number: number;
  /** As it was composed. */
  readonly sdl: string;
  /** The longest that planning one operation may take, in milliseconds. */
  readonly budgetMs: number;
  /** How long the thread is kept without work after this supergraph was needed, in milliseconds. */
  readonly idleMs: number;
}

/**
 * One thread that plans, for one supergraph after another: a new one is loaded beside the one that is served, by code
 * that is warm already. Work is done one by one, in its order.
 */
export interface PlannerThread {
  /** @throws ConfigError SUPERGRAPH_INVALID when it cannot be loaded */
  load(supergraph: PlannedSupergraph): Promise<void>;
  /** @throws see `Planner.plan` */
  plan(supergraph: PlannedSupergraph, request: PlanRequest, signal?: CancelSignal): Promise<QueryPlan>;
  /** Forgets a supergraph, after what was asked of it before. */
  drop(supergraph: PlannedSupergraph): void;
  /** Ends the thread, after what was asked of it before. */
  close(): Promise<void>;
}

/** A composed schema of ten thousand types loads in less; more is not a supergraph but a bomb. */
const THREAD_MEMORY_MIB = 1024;

/** How many pieces of work may wait. */
const QUEUE_LIMIT = 500;

/** A thread that runs. */
interface LiveThread {
  readonly worker: Worker;
  /** The supergraphs that it holds. */
  readonly loaded: Set<number>;
  /** Set when it has ended by itself, between two plans or in one. */
  isDead: boolean;
}

/** A piece of work; it settles its own promise, and throws when the thread is not to be trusted any more. */
interface Job {
  readonly idleMs: number;
  readonly run: () => Promise<void>;
}

/**
 * Makes a thread that starts when it is first needed, ends when it has been idle and starts again when it is needed. A
 * plan that takes too long ends it: JavaScript cannot be interrupted otherwise. Those who wait behind it are served by
 * the next one.
 *
 * @param onStart - called whenever it has started
 */
export function createPlannerThread(onStart: () => void = () => {}): PlannerThread {
  const queue: Job[] = [];
  let thread: LiveThread | undefined;
  let isWorking = false;
  let isClosed = false;
  let idleTimer: NodeJS.Timeout | undefined;

  const end = async (): Promise<void> => {
    const ended = thread;
    thread = undefined;
    await ended?.worker.terminate();
  };
  const liveThread = (): LiveThread => {
    if (thread === undefined || thread.isDead) thread = startThread(onStart);
    return thread;
  };
  /** The thread with a supergraph loaded. @throws ConfigError when it is refused */
  const threadWith = async ({ number, sdl }: PlannedSupergraph): Promise<LiveThread> => {
    const live = liveThread();
    if (live.loaded.has(number)) return live;
    const answer = await ask(live, { type: 'load', supergraph: number, sdl });
    if (answer.type === 'loaded') {
      live.loaded.add(number);
      return live;
    }
    const reason = answer.type === 'refused' ? answer.message : 'the planner did not start';
    throw new ConfigError('SUPERGRAPH_INVALID', `The supergraph cannot be served: ${reason}`);
  };

  const work = async (): Promise<void> => {
    if (isWorking) return;
    isWorking = true;
    clearTimeout(idleTimer);
    let idleMs = 0;
    for (let job = queue.shift(); job !== undefined; job = queue.shift()) {
      idleMs = job.idleMs;
      // Whatever went wrong, its state is not to be trusted: the next one gets a new thread.
      await job.run().catch(end);
    }
    isWorking = false;
    if (isClosed) await end();
    else idleTimer = setTimeout(() => void end(), idleMs).unref();
  };
  const enqueue = <Result>(idleMs: number, task: () => Promise<Result>): Promise<Result> => {
    if (isClosed) return Promise.reject(new InternalError('the planner is closed'));
    if (queue.length >= QUEUE_LIMIT) return Promise.reject(new RequestError('OVERLOADED'));
    const { promise, resolve, reject } = Promise.withResolvers<Result>();
    queue.push({ idleMs, run: () => settle(task, resolve, reject) });
    void work();
    return promise;
  };
  const forget = (number: number): void => {
    if (thread?.loaded.delete(number)) tell(thread, { type: 'drop', supergraph: number });
  };

  return {
    load: (supergraph) =>
      enqueue(supergraph.idleMs, async () => {
        await threadWith(supergraph);
      }),
    plan: (supergraph, request, signal) =>
      enqueue(supergraph.idleMs, async () => {
        if (signal?.aborted) throw new LeftAlone(signal.reason);
        const live = await threadWith(supergraph);
        return planWithin(live, supergraph, request);
      }),
    drop({ number, idleMs }) {
      queue.push({ idleMs, run: async () => forget(number) });
      void work();
    },
    async close() {
      isClosed = true;
      clearTimeout(idleTimer);
      if (!isWorking) await end();
    },
  };
}

/** A piece of work that was given up before it began: nothing is wrong with the thread. */
class LeftAlone {
  readonly reason: unknown;
  constructor(reason: unknown) {
    this.reason = reason;
  }
}

async function settle<Result>(
  task: () => Promise<Result>,
  resolve: (result: Result) => void,
  reject: (reason: unknown) => void,
): Promise<void> {
  try {
    resolve(await task());
  } catch (error) {
    if (error instanceof LeftAlone) return reject(error.reason);
    reject(error);
    // A supergraph that is refused leaves the others as they are.
    if (!(error instanceof ConfigError)) throw error;
  }
}

function startThread(onStart: () => void): LiveThread {
  const worker = new Worker(new URL('./planner-thread.ts', import.meta.url), {
    name: 'planner',
    resourceLimits: { maxOldGenerationSizeMb: THREAD_MEMORY_MIB },
  });
  // It never keeps a process alive that has nothing else to do.
  worker.unref();
  const thread: LiveThread = { worker, loaded: new Set(), isDead: false };
  // Between two plans nobody else listens, and an error that nobody listens to ends the process.
  const die = () => {
    thread.isDead = true;
  };
  worker.on('error', die).on('exit', die).once('online', onStart);
  return thread;
}

async function planWithin(
  live: LiveThread,
  { number, budgetMs }: PlannedSupergraph,
  request: PlanRequest,
): Promise<QueryPlan> {
  const budget = new AbortController();
  const timer = setTimeout(() => budget.abort(), budgetMs);
  try {
    const message = await ask(live, { type: 'plan', supergraph: number, ...request }, budget.signal);
    if (message.type === 'planned') return message.plan;
    throw new InternalError(
      message.type === 'failed' ? message.message : 'an unexpected answer of the planner',
    );
  } finally {
    clearTimeout(timer);
  }
}

function tell({ worker }: LiveThread, message: PlannerCommand): void {
  worker.postMessage(message);
}

/** Sends a command and takes its answer; the thread's death or the end of the budget come instead. */
function ask(live: LiveThread, message: PlannerCommand, budget?: AbortSignal): Promise<PlannerMessage> {
  const { worker } = live;
  const { promise, resolve, reject } = Promise.withResolvers<PlannerMessage>();
  const onExit = () => reject(new InternalError('the planner died'));
  const onBudget = () => reject(new RequestError('PLAN_TOO_COMPLEX'));
  worker.once('message', resolve).once('error', reject).once('exit', onExit);
  budget?.addEventListener('abort', onBudget, { once: true });
  tell(live, message);
  return promise.finally(() => {
    worker.off('message', resolve).off('error', reject).off('exit', onExit);
    budget?.removeEventListener('abort', onBudget);
  });
}
