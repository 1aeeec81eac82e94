import type { QueryPlan } from '@apollo/query-planner';
import { InternalError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import { createPlannerThread, type PlannedSupergraph, type PlannerThread } from './create-planner-thread.ts';
import type { PlanRequest } from './planner-messages.ts';

/** Plans operations of one supergraph in a thread. */
export interface Planner {
  /**
   * Loads the supergraph before the first operation needs it; does nothing when it is loaded.
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
  /** Lets go of the supergraph, and of a thread that is its own. */
  close(): Promise<void>;
}

export interface PlannerOptions {
  /** As it was composed. */
  readonly supergraphSdl: string;
  /** The longest that planning one operation may take, in milliseconds. */
  readonly budgetMs: number;
  /** How long the thread is kept without work, in milliseconds; its memory is large. */
  readonly idleMs: number;
  /** Plans for other supergraphs, too; without it the planner has one of its own. */
  readonly thread?: PlannerThread | undefined;
  /** Called whenever a thread of its own has started. */
  readonly onStart?: () => void;
}

let lastNumber = 0;

/** Makes a planner; what it needs is loaded when it is first needed. */
export function createPlanner({ supergraphSdl, budgetMs, idleMs, thread, onStart }: PlannerOptions): Planner {
  lastNumber += 1;
  const supergraph: PlannedSupergraph = { number: lastNumber, sdl: supergraphSdl, budgetMs, idleMs };
  const planning = thread ?? createPlannerThread(onStart);
  let isClosed = false;
  return {
    async warmUp() {
      if (!isClosed) await planning.load(supergraph);
    },
    plan(request, signal) {
      if (isClosed) return Promise.reject(new InternalError('the planner is closed'));
      return planning.plan(supergraph, request, signal);
    },
    async close() {
      if (isClosed) return;
      isClosed = true;
      if (thread === undefined) await planning.close();
      else planning.drop(supergraph);
    },
  };
}
