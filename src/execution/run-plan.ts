import type { PlanNode } from '@apollo/query-planner';
import { InternalError } from '../errors/errors.ts';
import type { FetchDraft } from './compile-fetch.ts';
import type { OperationRun } from './operation-run.ts';
import { type CompiledFetch, runFetch } from './run-fetch.ts';

/** A node of the plan: runs what is due and says when it is done; undefined when there was nothing to do. */
export type PlanStep = (run: OperationRun) => Promise<unknown> | undefined;

/** A plan whose fetches are numbered but not compiled yet. */
export type PlanDraft =
  | { readonly kind: 'fetch'; readonly draft: FetchDraft }
  | { readonly kind: 'sequence' | 'parallel'; readonly steps: readonly PlanDraft[] };

/**
 * Reads a plan from the front to the back, so that what earlier fetches bring is known to the later ones.
 *
 * @param draftFetch - numbers a fetch and enters what it brings
 * @throws InternalError when the plan has a kind of node that is not executed here
 */
export function draftPlan(
  node: PlanNode,
  path: readonly (string | number)[],
  draftFetch: (node: Extract<PlanNode, { kind: 'Fetch' }>, path: readonly (string | number)[]) => FetchDraft,
): PlanDraft {
  switch (node.kind) {
    case 'Fetch':
      return { kind: 'fetch', draft: draftFetch(node, path) };
    case 'Flatten':
      return draftPlan(node.node, [...path, ...node.path], draftFetch);
    case 'Sequence':
      return { kind: 'sequence', steps: node.nodes.map((step) => draftPlan(step, path, draftFetch)) };
    case 'Parallel':
      return { kind: 'parallel', steps: node.nodes.map((step) => draftPlan(step, path, draftFetch)) };
    // Conditions too: they are resolved before planning.
    default:
      throw new InternalError(`a plan with ${node.kind}`);
  }
}

/** Makes a plan runnable. */
export function compilePlan(draft: PlanDraft, compileFetch: (draft: FetchDraft) => CompiledFetch): PlanStep {
  switch (draft.kind) {
    case 'fetch': {
      const fetch = compileFetch(draft.draft);
      return (run) => runFetch(fetch, run);
    }
    case 'sequence': {
      const steps = draft.steps.map((step) => compilePlan(step, compileFetch));
      return (run) => runSequence(steps, run);
    }
    case 'parallel': {
      const steps = draft.steps.map((step) => compilePlan(step, compileFetch));
      return (run) => runParallel(steps, run);
    }
  }
}

async function runSequence(steps: readonly PlanStep[], run: OperationRun): Promise<void> {
  for (const step of steps) {
    const done = step(run);
    if (done !== undefined) await done;
  }
}

function runParallel(steps: readonly PlanStep[], run: OperationRun): Promise<unknown> | undefined {
  const under: Promise<unknown>[] = [];
  for (const step of steps) {
    const done = step(run);
    if (done !== undefined) under.push(done);
  }
  return under.length === 0 ? undefined : Promise.all(under);
}
