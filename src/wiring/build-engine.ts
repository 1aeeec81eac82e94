import { setImmediate as nextTurn } from 'node:timers/promises';
import { OperationTypeNode } from 'graphql';
import { ANONYMOUS } from '../auth/identify-caller.ts';
import { callerOf } from '../auth/key-directory.ts';
import type { Caller, PreparedOperation, RequestedDocument } from '../context.ts';
import { shapeResult } from '../execution/shape-result.ts';
import { Cancellation } from '../lib/cancellation.ts';
import { createMetering, createNoMetering } from '../limits/create-metering.ts';
import { createRecordUse } from '../limits/usage/record-use.ts';
import { createCachePolicy } from '../operations/cache-policy.ts';
import type { PipelineSteps } from '../pipeline.ts';
import { oneOfEachClass } from '../shield/caller-class.ts';
import { createShield } from '../shield/create-shield.ts';
import { nullRefused } from '../shield/null-refused.ts';
import type { Snapshot } from '../snapshot.ts';
import { plannerSupergraph } from '../supergraph/planner-supergraph.ts';
import { SupergraphModel } from '../supergraph/supergraph-model.ts';
import type { ClientLoan } from '../transport/shared-clients.ts';
import { createDocumentCompiler } from './create-document-compiler.ts';
import { createExecutor } from './create-executor.ts';
import { createPrepareByContract, createRead } from './create-prepare.ts';
import { createPublicity } from './create-publicity.ts';
import { createShare } from './create-share.ts';
import { createSubgraphs } from './create-subgraphs.ts';
import type { Engine } from './engine.ts';
import type { Foundation } from './foundation.ts';
import { createSnapshotSteps } from './snapshot-steps.ts';

/** Classes of callers whose forms of a document are compiled ahead. */
const CALLER_CLASSES_AHEAD = 16;

/**
 * Builds what serves a snapshot; the planner is not loaded yet, see `Engine.warmUp`. Between its steps requests are
 * served on the engine of before.
 *
 * @throws ConfigError when the snapshot cannot be served
 */
export async function buildEngine(options: Foundation): Promise<Engine> {
  const loan = options.clients.borrow();
  try {
    return await assembleEngine(options, loan);
  } catch (error) {
    await loan.close();
    throw error;
  }
}

async function assembleEngine(options: Foundation, loan: ClientLoan): Promise<Engine> {
  const { snapshot, writes, log, metrics } = options;
  const { settings } = snapshot;
  const supergraph = new SupergraphModel(snapshot.supergraphSdl);
  if (snapshot.open && plannerSupergraph(snapshot.supergraphSdl).hasAccessDirectives) {
    log.warn('the supergraph has access directives; with --open the gateway passes every operation on');
  }
  const subgraphs = createSubgraphs(options, supergraph, loan);
  await nextTurn();
  const shield = snapshot.open
    ? undefined
    : await createShield({ supergraph, settings: settings.rules, log, metrics });
  await nextTurn();
  const executor = await createExecutor(options, supergraph, subgraphs, shield);
  await nextTurn();
  const permits = shield?.createPermits(executor.apiSchema);
  const { prepare, readTrusted } = createPrepareByContract(executor.apiSchema, snapshot, supergraph, metrics);
  const metering = snapshot.open
    ? createNoMetering(settings)
    : createMetering({
        ...options,
        supergraph,
        apiSchema: executor.apiSchema,
        keeper: options.budgets,
        windows: options.windows,
        keys: () => engine.snapshot.keys,
      });
  await nextTurn();
  const ended = new Cancellation();
  const cachePolicy = createCachePolicy({
    schema: executor.apiSchema,
    settings: settings.cache,
    isPublicField: createPublicity(supergraph, shield),
  });

  const engine: Engine = {
    snapshot,
    inFlight: 0,
    onIdle: undefined,
    async warmUp(documents = []) {
      await executor.warmUp(prepareAhead(prepare, documents));
      const texts = new Set(textsOf(engine.snapshot));
      const served = documents.flatMap(({ text }) => (texts.has(text) ? [text] : []));
      await engine.compileDocuments(new Set([...served, ...texts]));
    },
    compileDocuments: createDocumentCompiler({
      settings: settings.documents,
      read: readTrusted,
      async formsOf(operation) {
        cachePolicy(operation);
        return (await permits?.formsFor(operation, callersOf(engine.snapshot))) ?? [operation];
      },
      async compile(form, signal) {
        metering.compile(form);
        await executor.compile(form, signal);
      },
      signal: ended,
      log,
      metrics,
    }),
    async close() {
      ended.abort(new Error('the engine is closed'));
      await executor.close();
      await Promise.all([...subgraphs.values()].map(({ client }) => client.close()));
    },
    steps: {
      ...createSnapshotSteps(options),
      reserve: metering.reserve,
      settle: metering.settle,
      release: metering.release,
      tellRefusal: metering.tellRefusal,
      recordUse: createRecordUse(options.usage),
      read: createRead(),
      prepare,
      permit: permits?.permit ?? ((operation) => operation),
      share: createShare(snapshot, supergraph, executor.apiSchema, writes, metrics),
      async execute(operation, { requestId, client }, caller, reserved, signal, offer) {
        try {
          const shown = permits?.narrow(operation, caller) ?? caller;
          const standing = () => metering.standing(reserved, caller);
          const context = { requestId, caller: shown, client, signal, standing };
          return await executor.execute(operation, context, offer);
        } finally {
          if (operation.type === 'mutation') writes.advance();
        }
      },
      shape: (raw, operation) =>
        shapeResult(nullRefused(raw, operation, executor.apiSchema), settings.limits.errors),
      cachePolicy,
    },
  };
  return engine;
}

/** The texts of the trusted documents, with repeats where clients share one. */
export function textsOf({ documents }: Snapshot): readonly string[] {
  return documents.map(({ text }) => text);
}

/** A caller of each kind that there is. */
function callersOf({ keys }: Snapshot): readonly Caller[] {
  return oneOfEachClass([ANONYMOUS, ...keys.map(callerOf)], CALLER_CLASSES_AHEAD);
}

const SERVED_TYPES: readonly OperationTypeNode[] = [OperationTypeNode.QUERY, OperationTypeNode.MUTATION];

/** Operations that were served before, one by one, as far as they fit the schema still. */
function* prepareAhead(
  prepare: PipelineSteps['prepare'],
  documents: readonly RequestedDocument[],
): Generator<PreparedOperation> {
  for (const document of documents) {
    try {
      yield prepare({ document, onGood: undefined }, { allowedTypes: SERVED_TYPES });
    } catch {
      // Whoever sends it again is told why.
    }
  }
}
