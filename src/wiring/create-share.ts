import type { GraphQLSchema } from 'graphql';
import { createRunSharing } from '../batching/share-runs.ts';
import { authorisationFingerprint, requestKey } from '../batching/sharing-keys.ts';
import type { WriteEpoch } from '../batching/write-epoch.ts';
import type { PreparedOperation } from '../context.ts';
import { readRootFields } from '../limits/root-fields.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { OperationAnswer, PipelineSteps } from '../pipeline.ts';
import type { Snapshot } from '../snapshot.ts';
import { readInternalFields } from '../supergraph/internal-fields.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';

/** Gives each request its deadline, and lets equal queries of callers with the same rights share one run, where the settings allow it. */
export function createShare(
  { settings: { server, sharing } }: Pick<Snapshot, 'settings'>,
  supergraph: SupergraphModel,
  schema: GraphQLSchema,
  writes: WriteEpoch,
  metrics: Metrics,
): PipelineSteps['share'] {
  const share = createRunSharing<OperationAnswer>({
    timeoutMs: server.operationTimeoutMs,
    onShared: () => metrics.sharedFetches.inc({ layer: 'operations' }),
  });
  const asksTheGateway = createInternalFinder(schema, supergraph);
  return (operation, { text, signal }, caller, run) => {
    const { type, text: document } = operation;
    const key =
      sharing.operations && type === 'query' && !asksTheGateway(operation)
        ? requestKey(writes.current, authorisationFingerprint(caller, 'caller'), document, text)
        : undefined;
    return share({ key, signal, run });
  };
}

/** Whether operations ask for what the gateway answers itself: that tells of one request, and is no other's answer. */
function createInternalFinder(
  schema: GraphQLSchema,
  supergraph: SupergraphModel,
): (operation: PreparedOperation) => boolean {
  const fields = readInternalFields(supergraph.document);
  if (fields.length === 0) return () => false;
  const internal = new Set(fields.map(({ coordinate }) => coordinate));
  const known = new WeakMap<object, boolean>();
  return ({ document, operation }) => {
    let isInternal = known.get(operation);
    if (isInternal === undefined) {
      const asked = readRootFields(schema, document, operation);
      isInternal = asked.some(({ coordinate }) => internal.has(coordinate));
      known.set(operation, isInternal);
    }
    return isInternal;
  };
}
