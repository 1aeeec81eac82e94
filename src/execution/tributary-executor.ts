import type { QueryPlan } from '@apollo/query-planner';
import { buildASTSchema, buildSchema, type OperationDefinitionNode, parse, print } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { FetcherFactory } from '../batching/create-fetcher.ts';
import { InFlight } from '../batching/shared-call.ts';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import type { CancelSignal } from '../lib/cancellation.ts';
import type { Metrics } from '../observability/metrics.ts';
import { startPlanner } from '../planning/start-planner.ts';
import { plannerSupergraph } from '../supergraph/planner-supergraph.ts';
import { readPublicCoordinates } from '../supergraph/public-coordinates.ts';
import { sortJoinTypes } from '../supergraph/sort-join-types.ts';
import { DeadlineExceeded } from '../transport/deadline.ts';
import { type CompiledOperation, compileOperation } from './compile-operation.ts';
import type { Executor } from './executor.ts';
import { OperationConditions } from './operation-conditions.ts';
import { preparePlanning } from './prepare-planning.ts';

export interface TributaryExecutorOptions {
  /** The supergraph as it was composed, access directives included. */
  readonly supergraphSdl: string;
  readonly planning: GatewaySettings['planning'];
  readonly createFetcher: FetcherFactory;
  /** Fields, as `Type.field`, that are not open to everybody by rules, beside those with access directives. */
  readonly privateCoordinates?: ReadonlySet<string>;
  readonly metrics: Metrics;
}

/** How long the refusal of an operation that is too complex is remembered. */
const REFUSAL_MS = 60_000;
/** A compiled operation with its plan takes about this many bytes for each byte of the plan's JSON and of the document. */
const BYTES_PER_CHARACTER = 16;

/**
 * Our engine: plans in a thread, compiles each plan once, runs the compiled form.
 *
 * @throws ConfigError SUPERGRAPH_INVALID when the supergraph cannot be loaded
 */
export async function createTributaryExecutor(options: TributaryExecutorOptions): Promise<Executor> {
  const { supergraphSdl, planning, createFetcher, metrics } = options;
  const plannerSdl = sortJoinTypes(plannerSupergraph(supergraphSdl).sdl);
  const planner = await startPlanner({
    supergraphSdl: plannerSdl,
    budgetMs: planning.budgetMs,
    idleMs: planning.idleMs,
    onStart: () => metrics.plannerStarts.inc(),
  });
  const apiSchema = buildSchema(planner.apiSdl, { noLocation: true });
  const supergraphSchema = buildASTSchema(parse(plannerSdl, { noLocation: true }), { assumeValidSDL: true });
  const publicCoordinates = readPublicCoordinates(
    parse(supergraphSdl, { noLocation: true }),
    supergraphSchema,
    options.privateCoordinates,
  );

  const compiled = new LRUCache<string, CompiledOperation | RequestError>({
    maxSize: planning.cacheBytes,
    maxEntrySize: planning.cacheBytes,
  });
  /** Operations that are being planned: whoever asks for the same meanwhile waits for the one plan. */
  const compiling = new InFlight<CompiledOperation>();

  /** The conditions of operations that were seen: equal text, one operation. */
  const conditionsOf = new WeakMap<OperationDefinitionNode, OperationConditions>();

  function conditionsFor({ document, operation }: PreparedOperation): OperationConditions {
    let conditions = conditionsOf.get(operation);
    if (conditions === undefined) {
      conditions = new OperationConditions(document, operation);
      conditionsOf.set(operation, conditions);
    }
    return conditions;
  }

  async function compile(
    key: string,
    prepared: PreparedOperation,
    values: string,
    signal: CancelSignal,
  ): Promise<CompiledOperation> {
    const { document, operation, responseNames, planned } = preparePlanning(
      prepared,
      conditionsFor(prepared),
      values,
      supergraphSchema,
    );
    const plan = async (): Promise<QueryPlan> => {
      if (planned === undefined) return { kind: 'QueryPlan' };
      const text = planned === prepared.document ? prepared.text : print(planned);
      return planner.plan({ document: text, operationName: prepared.name }, signal);
    };
    const sizeOf = (queryPlan: QueryPlan | undefined) =>
      BYTES_PER_CHARACTER * (JSON.stringify(queryPlan ?? '').length + prepared.text.length);
    try {
      const queryPlan = await plan();
      const entry = compileOperation({
        plan: queryPlan,
        document,
        operation,
        apiSchema,
        supergraphSchema,
        publicCoordinates,
        responseNames,
      });
      compiled.set(key, entry, { size: sizeOf(queryPlan) });
      return entry;
    } catch (error) {
      // What is too complex is so again: it costs its budget once in a while, since a busy machine may be to blame.
      if (error instanceof RequestError && error.code === 'PLAN_TOO_COMPLEX') {
        compiled.set(key, error, { size: sizeOf(undefined), ttl: REFUSAL_MS });
      }
      throw error;
    }
  }

  async function compiledOperation(
    prepared: PreparedOperation,
    signal: CancelSignal,
  ): Promise<CompiledOperation> {
    const values = conditionsFor(prepared).evaluate(prepared.variables);
    const key = `${values}\n${prepared.name ?? ''}\n${prepared.text}`;
    const known = compiled.get(key);
    metrics.operationCache.inc({ result: known === undefined ? 'miss' : 'hit' });
    if (known instanceof RequestError) throw known;
    if (known !== undefined) return known;
    try {
      return await compiling.share(key, signal, (shared) => compile(key, prepared, values, shared));
    } catch (error) {
      // Time ran out while it waited for the planner.
      if (error instanceof DeadlineExceeded) throw new RequestError('OVERLOADED', { cause: error });
      throw error;
    }
  }

  return {
    apiSchema,
    async execute(prepared, context) {
      const operation = await compiledOperation(prepared, context.signal);
      return operation.run({ variables: prepared.variables, fetcher: createFetcher(context, prepared.type) });
    },
    close: () => planner.close(),
  };
}
