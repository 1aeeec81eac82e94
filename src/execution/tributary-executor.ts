import { setImmediate as nextTurn } from 'node:timers/promises';
import type { QueryPlan } from '@apollo/query-planner';
import { buildSchema, type OperationDefinitionNode, print } from 'graphql';
import { LRUCache } from 'lru-cache';
import type { FetcherFactory } from '../batching/create-fetcher.ts';
import { InFlight } from '../batching/shared-call.ts';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { Cancellation, type CancelSignal } from '../lib/cancellation.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createPlanner } from '../planning/create-planner.ts';
import type { PlannerThread } from '../planning/create-planner-thread.ts';
import { type PublicCoordinates, readPublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';
import { DeadlineExceeded } from '../transport/deadline.ts';
import { type CompiledOperation, compileOperation } from './compile-operation.ts';
import type { Executor } from './executor.ts';
import { OperationConditions } from './operation-conditions.ts';
import { preparePlanning } from './prepare-planning.ts';

export interface TributaryExecutorOptions {
  readonly supergraph: SupergraphModel;
  /** What clients see of it, as `printApiSchema` gives it. */
  readonly apiSdl: string;
  readonly planning: GatewaySettings['planning'];
  /** Plans for other supergraphs, too; without it there is one for this executor alone. */
  readonly plannerThread?: PlannerThread;
  readonly createFetcher: FetcherFactory;
  /** Fields, as `Type.field`, that are not open to everybody by rules, beside those with access directives. */
  readonly privateCoordinates?: ReadonlySet<string>;
  readonly metrics: Metrics;
}

/** How long the refusal of an operation that is too complex is remembered. */
const REFUSAL_MS = 60_000;
/** A compiled operation with its plan takes about this many bytes for each byte of the plan's JSON and of the document. */
const BYTES_PER_CHARACTER = 16;
/** What the smallest one takes, in bytes. */
const BYTES_PER_ENTRY = 1_500;
/** Operations are planned ahead for so long; a new supergraph is to be served within a second. */
const PLANNING_AHEAD_MS = 250;
/** Combinations of `@skip` and `@include` of one operation that are compiled ahead. */
const VARIANTS_AHEAD = 8;

/**
 * Our engine: plans in a thread, compiles each plan once, runs the compiled form.
 *
 * Ready as soon as the API schema is built; the planner and the supergraph itself are loaded for the first operation,
 * or by `warmUp`.
 */
export function createTributaryExecutor(options: TributaryExecutorOptions): Executor {
  const { supergraph, apiSdl, planning, createFetcher, metrics } = options;
  const planner = createPlanner({
    supergraphSdl: supergraph.sdl,
    budgetMs: planning.budgetMs,
    idleMs: planning.idleMs,
    thread: options.plannerThread,
    onStart: () => metrics.plannerStarts.inc(),
  });
  const apiSchema = buildSchema(apiSdl, { noLocation: true, assumeValidSDL: true, assumeValid: true });
  let knownCoordinates: PublicCoordinates | undefined;
  const publicCoordinates = (): PublicCoordinates => {
    const { document, schema } = supergraph;
    knownCoordinates ??= readPublicCoordinates(document, schema, options.privateCoordinates);
    return knownCoordinates;
  };

  const compiled = new LRUCache<string, CompiledOperation | RequestError>({
    maxSize: planning.cacheBytes,
    maxEntrySize: planning.cacheBytes,
  });
  const keep = (key: string, entry: CompiledOperation | RequestError, size: number, ttl = 0): void => {
    compiled.set(key, entry, { size, ttl });
    metrics.cacheBytes.set({ cache: 'operations' }, compiled.calculatedSize);
    metrics.cacheEntries.set({ cache: 'operations' }, compiled.size);
  };
  /** Operations that were compiled ahead: no flood of others pushes them out. */
  const ahead = new LRUCache<string, CompiledOperation>({
    maxSize: planning.cacheBytes,
    maxEntrySize: planning.cacheBytes,
  });
  /** What finds no room stays with the others: those that came first are the more urgent ones. */
  const moveAhead = (key: string): void => {
    const entry = compiled.peek(key);
    const size = compiled.info(key)?.size ?? 0;
    if (entry === undefined || entry instanceof RequestError) return;
    if (ahead.calculatedSize + size > planning.cacheBytes) return;
    compiled.delete(key);
    ahead.set(key, entry, { size });
    metrics.cacheBytes.set({ cache: 'operations ahead' }, ahead.calculatedSize);
    metrics.cacheEntries.set({ cache: 'operations ahead' }, ahead.size);
  };
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
      supergraph.schema,
    );
    const plan = async (): Promise<QueryPlan> => {
      if (planned === undefined) return { kind: 'QueryPlan' };
      const text = planned === prepared.document ? prepared.text : print(planned);
      return planner.plan({ document: text, operationName: prepared.name }, signal);
    };
    const sizeOf = (queryPlan: QueryPlan | undefined) =>
      BYTES_PER_ENTRY + BYTES_PER_CHARACTER * (JSON.stringify(queryPlan ?? '').length + prepared.text.length);
    try {
      const queryPlan = await plan();
      const entry = compileOperation({
        plan: queryPlan,
        document,
        operation,
        apiSchema: prepared.contract?.schema ?? apiSchema,
        supergraphSchema: supergraph.schema,
        publicCoordinates: publicCoordinates(),
        responseNames,
      });
      keep(key, entry, sizeOf(queryPlan));
      return entry;
    } catch (error) {
      // What is too complex is so again: it costs its budget once in a while, since a busy machine may be to blame.
      if (error instanceof RequestError && error.code === 'PLAN_TOO_COMPLEX') {
        keep(key, error, sizeOf(undefined), REFUSAL_MS);
      }
      throw error;
    }
  }

  async function compiledOperation(
    prepared: PreparedOperation,
    signal: CancelSignal,
  ): Promise<CompiledOperation> {
    const values = conditionsFor(prepared).evaluate(prepared.variables);
    const key = keyOf(prepared, values);
    const known = ahead.get(key) ?? compiled.get(key);
    metrics.operationCache.inc({ result: known === undefined ? 'miss' : 'hit' });
    if (known instanceof RequestError) throw known;
    if (known !== undefined) return known;
    try {
      return await compiling.share(key, signal, (shared) => compile(key, prepared, values, shared));
    } catch (error) {
      // Time ran out while it waited for the planner.
      if (error instanceof DeadlineExceeded) refuseWhilePlanning(error);
      throw error;
    }
  }

  return {
    apiSchema,
    async execute(prepared, context, offer) {
      offer(refuseWhilePlanning);
      const operation = await compiledOperation(prepared, context.signal);
      const fetcher = createFetcher(context, prepared.type);
      return operation.run({ variables: prepared.variables, fetcher, offer });
    },
    async compile(prepared, signal) {
      for (const values of conditionsFor(prepared).variants(VARIANTS_AHEAD)) {
        const key = keyOf(prepared, values);
        if (ahead.has(key)) continue;
        if (!compiled.has(key)) {
          await compiling.share(key, signal, (shared) => compile(key, prepared, values, shared));
        }
        moveAhead(key);
      }
    },
    async warmUp(operations = []) {
      const planning = planner.warmUp();
      publicCoordinates();
      await planning;
      const endMs = performance.now() + PLANNING_AHEAD_MS;
      for (const operation of operations) {
        if (performance.now() > endMs) return;
        await compiledOperation(operation, new Cancellation()).catch(() => {});
        // Requests are served meanwhile: none waits for more than one operation.
        await nextTurn();
      }
    },
    close: () => planner.close(),
  };
}

/** What one compiled form is found by. */
function keyOf({ contract, name, text }: PreparedOperation, values: string): string {
  return `${contract?.name ?? ''}\n${values}\n${name ?? ''}\n${text}`;
}

/** Time is over before there is a plan. */
function refuseWhilePlanning(cause?: unknown): never {
  throw new RequestError('OVERLOADED', { cause });
}
