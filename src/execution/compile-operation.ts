import type { QueryPlan } from '@apollo/query-planner';
import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { InternalError } from '../errors/errors.ts';
import type { PublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { Fetcher, PlannedFetch } from '../transport/fetch-call.ts';
import { type ClientPaths, compileClientPaths } from './client-names.ts';
import { compileFetch, draftFetch, type FetchDraft } from './compile-fetch.ts';
import { compileRootShape, type RootShape, type ShapeSource } from './compile-shape.ts';
import { completeRoot } from './complete-value.ts';
import { Introspection } from './introspect.ts';
import { OperationConditions } from './operation-conditions.ts';
import { OperationRun } from './operation-run.ts';
import { writeOwn } from './own-property.ts';
import { publicErrorOf } from './public-error.ts';
import { Position } from './response-tree.ts';
import { compilePlan, draftPlan, type PlanStep } from './run-plan.ts';
import type { RawResult } from './shape-result.ts';

export interface OperationSource {
  /** As the planner made it; plain data, so it may come from another thread. */
  readonly plan: QueryPlan;
  /** The document that was planned, with private aliases if `aliasConflictingFields` gave some. */
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

/** The shape of a response under given conditions, and what answers its introspection. */
interface Variant {
  readonly shape: RootShape;
  readonly introspection: Introspection | undefined;
}

/** Shapes that one operation keeps for different values of its conditions. */
const VARIANT_LIMIT = 32;
const NO_RESPONSE_NAMES: ReadonlyMap<string, string> = new Map();
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
  const conditions = new OperationConditions(document, operation);
  const clientPaths = compileClientPaths(document, operation, responseNames, conditions);
  const coordinates = source.publicCoordinates ?? NOTHING_PUBLIC;
  const { step, fetches } = compileSteps(
    plan,
    rootPosition,
    supergraphSchema,
    clientPaths,
    conditions,
    coordinates,
  );
  const shapeSource: ShapeSource = { document, operation, apiSchema, rootPosition, responseNames };
  const variants = new Map<string, Variant>();

  function variantFor(key: string): Variant {
    const known = variants.get(key);
    if (known !== undefined) return known;
    const shape = compileRootShape(shapeSource, { isTrue: (name) => conditions.isTrue(name, key) });
    const introspection =
      shape.introspection.length === 0
        ? undefined
        : new Introspection(apiSchema, shape.introspection, document, operation);
    const variant = { shape, introspection };
    if (variants.size >= VARIANT_LIMIT) variants.clear();
    variants.set(key, variant);
    return variant;
  }

  return {
    fetches,
    async run({ variables, fetcher }) {
      const key = conditions.evaluate(variables);
      const run = new OperationRun(variables, key, fetcher, rootPosition.createNode());
      await step?.(run);
      const { shape, introspection } = variantFor(key);
      for (const name of shape.unplanned) run.addError(publicErrorOf('INTERNAL_SERVER_ERROR'), [name]);
      const data = completeRoot(shape, run);
      if (data !== null && introspection !== undefined) {
        const answers = introspection.answer(variables);
        for (const name of Object.keys(answers)) writeOwn(data, name, answers[name]);
      }
      return run.errors.length === 0 ? { data } : { data, errors: run.errors };
    },
  };
}

function compileSteps(
  { node }: QueryPlan,
  rootPosition: Position,
  schema: GraphQLSchema,
  clientPaths: ClientPaths,
  conditions: OperationConditions,
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
  const step = compilePlan(
    draft,
    (drafted) => {
      const compiled = compileFetch(drafted, clientPaths, schema, coordinates);
      fetches[drafted.id] = compiled.planned;
      return compiled;
    },
    conditions,
  );
  return { step, fetches };
}
