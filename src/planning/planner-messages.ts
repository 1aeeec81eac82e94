import type { QueryPlan } from '@apollo/query-planner';

/** What the planner's thread is started with. */
export interface PlannerThreadData {
  readonly supergraphSdl: string;
}

/** To the thread: plan this. One at a time. */
export interface PlanRequest {
  readonly document: string;
  readonly operationName: string | undefined;
}

/** From the thread. */
export type PlannerMessage =
  | { readonly type: 'ready' }
  | { readonly type: 'refused'; readonly message: string }
  | { readonly type: 'planned'; readonly plan: QueryPlan }
  | { readonly type: 'failed'; readonly message: string };
