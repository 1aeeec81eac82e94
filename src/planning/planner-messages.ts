import type { QueryPlan } from '@apollo/query-planner';

/** An operation to be planned. */
export interface PlanRequest {
  readonly document: string;
  readonly operationName: string | undefined;
}

/** To the thread. Of `load` and `plan` there is one at a time, each with one answer; `drop` has none. */
export type PlannerCommand =
  /** Keep this supergraph, as it was composed, under a number. */
  | { readonly type: 'load'; readonly supergraph: number; readonly sdl: string }
  | ({ readonly type: 'plan'; readonly supergraph: number } & PlanRequest)
  | { readonly type: 'drop'; readonly supergraph: number };

/** From the thread. */
export type PlannerMessage =
  | { readonly type: 'loaded' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'planned'; readonly plan: QueryPlan }
  | { readonly type: 'failed'; readonly message: string };
