import type { PlanNode, QueryPlan, SubscriptionNode } from '@apollo/query-planner';
import {
  buildSchema,
  type DocumentNode,
  type GraphQLSchema,
  getOperationAST,
  parse,
  validate,
} from 'graphql';
import { type CostModel, compileCost } from '../../limits/cost/compile-cost.ts';
import { estimateCost } from '../../limits/cost/estimate-cost.ts';
import { createOperationPlanner, type OperationPlanner } from '../../planning/plan-operation.ts';
import { loadRules } from '../../shield/load-rules.ts';
import { readAccessRequirements } from '../../supergraph/access-directives.ts';
import { readCostDirectives } from '../../supergraph/cost-directives.ts';
import type { ChangeAnalysis, OperationChange, ProposedChange } from './change-analysis.ts';
import { findGaps } from './find-gaps.ts';
import { findRuleGaps } from './find-rule-gaps.ts';
import type { OperationInUse } from './operation-usage.ts';
import { type ClientSchema, compareSchemas } from './schema-changes.ts';
import { touchedCoordinates } from './touched-coordinates.ts';

/** Planning of operations in use stops here; the check has a deadline of its own, and says how many it left out. */
const PLANNING_BUDGET_MS = 4_000;
/** So many reasons of one operation are told. */
const TOLD_ERRORS = 3;

/** A supergraph, loaded for comparing. */
interface LoadedSupergraph extends ClientSchema {
  readonly planner: OperationPlanner;
  readonly costs: CostModel;
}

/** An operation in use that fits the schema of before. */
interface KnownOperation {
  readonly use: OperationInUse;
  readonly document: DocumentNode;
}

/**
 * Says what a change of the supergraph means for the operations in use: differences of what clients see, weighed by
 * use; what the subgraph leaves unsaid; and operations that break or are planned otherwise. CPU alone, no I/O.
 *
 * @param clock - milliseconds by which the planning budget is measured
 */
export async function analyseChange(
  { before, after, subgraph, operations, rulesFile, cost, usageDays, nowMs }: ProposedChange,
  clock: () => number = performance.now.bind(performance),
): Promise<ChangeAnalysis> {
  const next = loadSupergraph(after, cost);
  const old = before === null ? undefined : loadSupergraph(before, cost);
  const known = old === undefined ? [] : operations.flatMap((use) => knownOperation(use, old.schema));
  const touched = known.map(({ use, document }) => ({
    id: use.id,
    coordinates: touchedCoordinates((old ?? next).schema, document),
  }));
  const usersOf = (coordinate: string): string[] =>
    touched.filter(({ coordinates }) => coordinates.has(coordinate)).map(({ id }) => id);
  const facts = { usersOf, knownOperations: known.length, usageDays, nowMs };
  const changes = old === undefined ? [] : await compareSchemas(old, next, facts);
  const rules = rulesFile === null ? undefined : await loadRules(rulesFile);
  const gaps = findGaps({
    before: old?.schema,
    after: next.schema,
    access: next.access,
    subgraph: parse(subgraph.sdl, { noLocation: true }),
  }).concat(await findRuleGaps(before, after, rules));
  const { changed, leftOut } = old === undefined ? NOTHING : compareOperations(old, next, known, clock);
  return { changes, gaps, operations: changed, analysed: known.length - leftOut, leftOut };
}

const NOTHING = { changed: [], leftOut: 0 };

function loadSupergraph(supergraphSdl: string, cost: ProposedChange['cost']): LoadedSupergraph {
  const planner = createOperationPlanner(supergraphSdl);
  const schema = buildSchema(planner.printApiSchema(), { noLocation: true });
  const document = parse(supergraphSdl, { noLocation: true });
  return {
    planner,
    schema,
    access: readAccessRequirements(document),
    costs: { ...cost, schema, directives: readCostDirectives(document) },
  };
}

/** An operation that does not fit today's schema breaks by no change of it. */
function knownOperation(use: OperationInUse, schema: GraphQLSchema): KnownOperation[] {
  try {
    const document = parse(use.document, { noLocation: true });
    return validate(schema, document).length === 0 ? [{ use, document }] : [];
  } catch {
    return [];
  }
}

function compareOperations(
  old: LoadedSupergraph,
  next: LoadedSupergraph,
  known: readonly KnownOperation[],
  clock: () => number,
): { changed: OperationChange[]; leftOut: number } {
  const deadline = clock() + PLANNING_BUDGET_MS;
  const changed: OperationChange[] = [];
  let leftOut = 0;
  for (const { use, document } of known) {
    const errors = validate(next.schema, document, undefined, { maxErrors: TOLD_ERRORS });
    if (errors.length > 0) {
      changed.push({ id: use.id, errors: errors.map(({ message }) => message) });
    } else if (clock() > deadline) {
      leftOut += 1;
    } else {
      const change = compareOperation(old, next, { use, document });
      if (change === undefined) leftOut += 1;
      else if (change !== 'same') changed.push(change);
    }
  }
  return { changed, leftOut };
}

/** @returns undefined where an operation cannot be planned or costed: it holds up no publish */
function compareOperation(
  old: LoadedSupergraph,
  next: LoadedSupergraph,
  { use, document }: KnownOperation,
): OperationChange | 'same' | undefined {
  try {
    const calls = { before: callsOf(old, use, document), after: callsOf(next, use, document) };
    const cost = { before: costOf(old, use, document), after: costOf(next, use, document) };
    const isChanged = calls.before !== calls.after || cost.before !== cost.after;
    return isChanged ? { id: use.id, calls, cost, errors: [] } : 'same';
  } catch {
    return undefined;
  }
}

function callsOf({ planner }: LoadedSupergraph, { name }: OperationInUse, document: DocumentNode): number {
  return countFetches(planner.plan(document, name ?? undefined));
}

/** Points, with the defaults of the variables: what clients send in them is not recorded. */
function costOf({ costs }: LoadedSupergraph, { name }: OperationInUse, document: DocumentNode): number {
  const operation = getOperationAST(document, name);
  return operation ? estimateCost(compileCost(costs, document, operation), {}) : 0;
}

/** How many calls to subgraphs a plan holds at the most; branches of a condition count as the larger one. */
function countFetches(node: QueryPlan | PlanNode | SubscriptionNode | undefined): number {
  switch (node?.kind) {
    case undefined:
      return 0;
    case 'QueryPlan':
    case 'Flatten':
      return countFetches(node.node);
    case 'Fetch':
      return 1;
    case 'Sequence':
    case 'Parallel':
      return node.nodes.reduce((sum, child) => sum + countFetches(child), 0);
    case 'Condition':
      return Math.max(countFetches(node.ifClause), countFetches(node.elseClause));
    case 'Subscription':
      return 1 + countFetches(node.rest);
    default:
      return 0;
  }
}
