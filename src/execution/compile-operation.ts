import type { QueryPlan } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { InternalError } from '../errors/errors.ts';
import type { PublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { Fetcher, PlannedFetch } from '../transport/fetch-call.ts';
import { type ClientPaths, compileClientPaths } from './client-names.ts';
import { compileFetch, draftFetch, type FetchDraft } from './compile-fetch.ts';
import { compileRootShape, type ShapeSource } from './compile-shape.ts';
import { completeRoot } from './complete-value.ts';
import type { OfferResult } from './executor.ts';
import { Introspection } from './introspect.ts';
import { type ErrorPath, OperationRun } from './operation-run.ts';
import { writeOwn } from './own-property.ts';
import { publicErrorOf } from './public-error.ts';
import { Position } from './response-tree.ts';
import { compilePlan, draftPlan, type PlanStep } from './run-plan.ts';
import type { RawResult } from './shape-result.ts';

export interface OperationSource {
  /** As the planner made it; plain data, so it may come from another thread. */
  readonly plan: QueryPlan;
  /** The document of the response, conditions resolved, with private aliases if the planner was given some. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** What clients see. */
  readonly apiSchema: GraphQLSchema;
  /** The whole supergraph, inaccessible elements included. */
  readonly supergraphSchema: GraphQLSchema;
  /** What of it is open to everybody; without it every fetch is made for its caller alone. */
  readonly publicCoordinates?: PublicCoordinates;
  /** The client's response name of each private alias. */
  readonly responseNames?: ReadonlyMap<string, string>;
}

/** The values of one request. */
export interface RunRequest {
  /** As the client sent them; validated, defaults not filled in. */
  readonly variables: Readonly<Record<string, unknown>>;
  readonly fetcher: Fetcher;
  /** Told what makes the result as it is so far, for whom the run takes too long. */
  readonly offer?: OfferResult;
}

/** An operation that is ready to run any number of times, concurrently. */
export interface CompiledOperation {
  /** Every fetch that the plan may make, by id. */
  readonly fetches: readonly PlannedFetch[];
  /**
   * Runs the operation once. Failures of fetches become errors at the paths of the fields that are missing; they
   * are never thrown.
   *
   * @returns data and errors in the client's form: errors are located, coded and public
   */
  run(request: RunRequest): Promise<RawResult>;
}

const NO_RESPONSE_NAMES: ReadonlyMap<string, string> = new Map();
const TIMEOUT = publicErrorOf('SUBGRAPH_TIMEOUT');
const NOTHING_PUBLIC: PublicCoordinates = { isPublicField: () => false, isPublicType: () => false };

/**
 * Compiles the plan of an operation, once, into what a request needs to do: nothing of the plan, of a document or of
 * a schema is interpreted while a request runs. See docs/engine.md.
 *
 * @throws InternalError when the plan does not fit document or schema, or is of a kind that is not executed here
 */
export function compileOperation(source: OperationSource): CompiledOperation {
  const { plan, document, operation, apiSchema, supergraphSchema } = source;
  const responseNames = source.responseNames ?? NO_RESPONSE_NAMES;
  const rootPosition = new Position();
  rootPosition.makeNode();
  const clientPaths = compileClientPaths(document, operation, responseNames);
  const coordinates = source.publicCoordinates ?? NOTHING_PUBLIC;
  const { step, fetches } = compileSteps(plan, rootPosition, supergraphSchema, clientPaths, coordinates);
  const shapeSource: ShapeSource = { document, operation, apiSchema, rootPosition, responseNames };
  const shape = compileRootShape(shapeSource);
  const introspection =
    shape.introspection.length === 0
      ? undefined
      : new Introspection(apiSchema, shape.introspection, document, operation);

  const complete = (run: OperationRun): RawResult => {
    for (const name of shape.unplanned) run.addError(publicErrorOf('INTERNAL_SERVER_ERROR'), [name]);
    const data = completeRoot(shape, run);
    if (data !== null && introspection !== undefined) {
      const answers = introspection.answer(run.variables);
      for (const name of Object.keys(answers)) writeOwn(data, name, answers[name]);
    }
    if (run.errors.length === 0) return { data };
    const errors = run.errors.filter(({ path }) => path === undefined || !isOfNobody(path, data));
    return errors.length === 0 ? { data } : { data, errors };
  };

  return {
    fetches,
    async run({ variables, fetcher, offer }) {
      const run = new OperationRun(variables, fetcher, rootPosition.createNode());
      offer?.(() => complete(run.cutShort(TIMEOUT)));
      await step?.(run);
      return complete(run);
    },
  };
}

/**
 * Whether a path leads to a field that the object there does not answer. One fetch asks for a field of all objects of
 * a place, while the client may have asked for it of some types alone: who did not ask is not told.
 */
function isOfNobody(path: ErrorPath, data: unknown): boolean {
  let value = data;
  for (const step of path) {
    if (typeof value !== 'object' || value === null) return false;
    if (!Object.hasOwn(value, step)) return !Array.isArray(value);
    value = (value as Readonly<Record<string | number, unknown>>)[step];
  }
  return false;
}

function compileSteps(
  { node }: QueryPlan,
  rootPosition: Position,
  schema: GraphQLSchema,
  clientPaths: ClientPaths,
  coordinates: PublicCoordinates,
): { readonly step: PlanStep | undefined; readonly fetches: readonly PlannedFetch[] } {
  if (node === undefined) return { step: undefined, fetches: [] };
  if (node.kind === 'Subscription') throw new InternalError('a plan with a subscription');
  const drafts: FetchDraft[] = [];
  const draft = draftPlan(node, [], (fetch, path) => {
    const drafted = draftFetch(drafts.length, fetch, path, rootPosition, schema);
    drafts.push(drafted);
    return drafted;
  });
  const fetches: PlannedFetch[] = [];
  const step = compilePlan(draft, (drafted) => {
    const compiled = compileFetch(drafted, clientPaths, schema, coordinates);
    fetches[drafted.id] = compiled.planned;
    return compiled;
  });
  return { step, fetches };
}
