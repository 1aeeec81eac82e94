import type { PlanNode, QueryPlan, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { SharingSettings } from '../config/sharing-settings.ts';
import { InternalError } from '../errors/errors.ts';
import type { Audience, PlannedFetch } from '../transport/fetch-call.ts';
import { explainFetchSharing, explainRunSharing, type LayerVerdict } from './explain-sharing.ts';

/** The layer in which look-ups of one step become one request. */
const MERGING_LAYER = 2;

/** A fetch that the operation would make. */
export interface FetchExplanation {
  readonly kind: 'fetch';
  /** From 1, in the order of the plan. */
  readonly number: number;
  readonly subgraph: string;
  readonly operationKind: 'query' | 'mutation';
  /** Where in the response its answer goes; empty for root fields. */
  readonly at: string;
  /** What it asks: a selection set. */
  readonly asks: string;
  /** What it takes along of what earlier fetches brought: a selection set; undefined for root fields. */
  readonly needs: string | undefined;
  readonly variables: readonly string[];
  readonly audience: Audience;
  /** Why it is for its caller alone. */
  readonly privateCoordinates: readonly string[];
  /** The fetches of its step that travel in the same request. */
  readonly travelsWith: readonly number[];
  readonly sharing: readonly LayerVerdict[];
}

/** Steps of a plan, one after the other or all at once. */
export interface StepsExplanation {
  readonly kind: 'sequence' | 'parallel';
  readonly steps: readonly StepExplanation[];
}

export type StepExplanation = FetchExplanation | StepsExplanation;

export interface PlanExplanation {
  readonly fetches: number;
  /** The subgraphs that are asked, each once. */
  readonly subgraphs: readonly string[];
  /** The longest row of fetches that wait for one another. */
  readonly depth: number;
  /** Undefined when no subgraph is asked. */
  readonly root: StepExplanation | undefined;
  /** Of the operation as a whole. */
  readonly sharing: LayerVerdict;
}

/** What decides who shares the fetches of a plan. */
export interface PlanSurroundings {
  readonly sharing: SharingSettings;
  readonly isQuery: boolean;
  /** Names of the subgraphs that the gateway answers itself. */
  readonly internal?: ReadonlySet<string>;
}

/**
 * Explains a plan.
 *
 * @param fetches - as they were compiled, by id: in the order of the plan
 */
export function explainPlan(
  { node }: QueryPlan,
  fetches: readonly PlannedFetch[],
  { sharing: settings, isQuery, internal = new Set() }: PlanSurroundings,
): PlanExplanation {
  let next = 0;

  const explainStep = (step: PlanNode, path: readonly (string | number)[]): StepExplanation => {
    switch (step.kind) {
      case 'Flatten':
        return explainStep(step.node, [...path, ...step.path]);
      case 'Sequence':
        return { kind: 'sequence', steps: step.nodes.map((child) => explainStep(child, path)) };
      case 'Parallel':
        return withCompany({ kind: 'parallel', steps: step.nodes.map((child) => explainStep(child, path)) });
      case 'Fetch': {
        const fetch = fetches[next] as PlannedFetch;
        next += 1;
        const sharing = explainFetchSharing(fetch, settings, isQuery, internal);
        return explainFetch(fetch, step.requires, path, sharing);
      }
      default:
        throw new InternalError(`a plan with ${step.kind}`);
    }
  };

  if (node?.kind === 'Subscription') throw new InternalError('a plan with a subscription');
  const root = node === undefined ? undefined : explainStep(node, []);
  return {
    fetches: fetches.length,
    subgraphs: [...new Set(fetches.map(({ subgraph }) => subgraph))],
    depth: root === undefined ? 0 : depthOf(root),
    root,
    sharing: explainRunSharing(
      settings,
      isQuery,
      fetches.some(({ subgraph }) => internal.has(subgraph)),
    ),
  };
}

function explainFetch(
  fetch: PlannedFetch,
  requires: readonly QueryPlanSelectionNode[] | undefined,
  path: readonly (string | number)[],
  sharing: readonly LayerVerdict[],
): FetchExplanation {
  const { id, subgraph, operationKind, entities, query, variableNames, audience, privateCoordinates } = fetch;
  return {
    kind: 'fetch',
    number: id + 1,
    subgraph,
    operationKind,
    at: path.join('.'),
    asks: entities?.selection ?? query.slice(query.indexOf('{', endOfDefinitions(query))),
    needs: requires === undefined ? undefined : `{${requires.map(selectionText).join(' ')}}`,
    variables: variableNames,
    audience,
    privateCoordinates,
    travelsWith: [],
    sharing,
  };
}

/** Where the variable definitions of a minified document end; their defaults may have braces. */
function endOfDefinitions(query: string): number {
  const open = query.indexOf('(');
  if (open < 0 || open > query.indexOf('{')) return 0;
  let depth = 0;
  for (let index = open; index < query.length; index += 1) {
    if (query[index] === '(') depth += 1;
    if (query[index] === ')') depth -= 1;
    if (depth === 0) return index;
  }
  return 0;
}

function selectionText(selection: QueryPlanSelectionNode): string {
  const inner =
    selection.selections === undefined ? '' : `{${selection.selections.map(selectionText).join(' ')}}`;
  if (selection.kind === 'Field') return `${selection.name}${inner}`;
  return selection.typeCondition === undefined ? `...${inner}` : `...on ${selection.typeCondition}${inner}`;
}

/** Notes which look-ups of a parallel step travel together: to one subgraph, for one audience. */
function withCompany({ kind, steps }: StepsExplanation): StepsExplanation {
  const lanes = Map.groupBy(steps.flatMap(firstFetches).filter(isMerged), laneOf);
  const join = (fetch: FetchExplanation): FetchExplanation => {
    const company = isMerged(fetch) ? (lanes.get(laneOf(fetch)) ?? []) : [];
    const numbers = company.map(({ number }) => number).filter((number) => number !== fetch.number);
    return { ...fetch, travelsWith: numbers };
  };
  return { kind, steps: steps.map((step) => changeFirst(step, join)) };
}

function laneOf({ subgraph, audience }: FetchExplanation): string {
  return `${audience} ${subgraph}`;
}

/** Whether it may travel with others at all. */
function isMerged({ sharing }: FetchExplanation): boolean {
  return sharing.some(({ layer, isShared }) => layer === MERGING_LAYER && isShared);
}

function changeFirst(
  step: StepExplanation,
  change: (fetch: FetchExplanation) => FetchExplanation,
): StepExplanation {
  if (step.kind === 'fetch') return change(step);
  const [head, ...rest] = step.steps;
  return step.kind === 'parallel' || head === undefined
    ? step
    : { ...step, steps: [changeFirst(head, change), ...rest] };
}

/** The fetches that a step begins with, those of inner parallel steps left to them. */
function firstFetches(step: StepExplanation): readonly FetchExplanation[] {
  if (step.kind === 'fetch') return [step];
  const [head] = step.steps;
  return step.kind === 'sequence' && head !== undefined ? firstFetches(head) : [];
}

function depthOf(step: StepExplanation): number {
  if (step.kind === 'fetch') return 1;
  const depths = step.steps.map(depthOf);
  return step.kind === 'parallel' ? Math.max(0, ...depths) : depths.reduce((sum, depth) => sum + depth, 0);
}
