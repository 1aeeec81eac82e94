import type { GraphQLSchema } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation, RequestedDocument } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import { enforceStructure } from '../limits/enforce-structure.ts';
import { createTierCaps } from '../limits/enforce-tier.ts';
import { measureOperation } from '../limits/measure-operation.ts';
import type { Metrics } from '../observability/metrics.ts';
import { createOperationPreparer, type OperationPreparer } from '../operations/prepare-operation.ts';
import { createParameterReader } from '../operations/read-parameters-once.ts';
import type { PipelineSteps } from '../pipeline.ts';
import type { Snapshot } from '../snapshot.ts';
import { contractSchema } from '../supergraph/contract-schema.ts';
import type { SupergraphModel } from '../supergraph/supergraph-model.ts';

/** Equal texts of requests are read once. */
export function createRead(): PipelineSteps['read'] {
  const readOnce = createParameterReader();
  return ({ text, readParameters }) => readOnce(text, readParameters);
}

interface Preparation {
  readonly prepare: PipelineSteps['prepare'];
  /** The operations of a trusted document, ahead of their first request. */
  readonly readTrusted: OperationPreparer['read'];
}

/** Reads operations by what their callers know of: the whole API, or its public contract. */
export function createPrepareByContract(
  schema: GraphQLSchema,
  snapshot: Snapshot,
  supergraph: SupergraphModel,
  metrics: Metrics,
): Preparation {
  const { excludeTags, scopes } = snapshot.settings.contract;
  const whole = createPrepare(schema, snapshot, metrics);
  if (snapshot.open || excludeTags.length === 0) return whole;
  const contract = { name: 'public', schema: contractSchema(schema, supergraph.document, excludeTags) };
  const limited = createPrepare(contract.schema, snapshot, metrics);
  const known = new WeakMap<PreparedOperation, PreparedOperation>();
  const prepare: PipelineSteps['prepare'] = (resolved, request, caller) => {
    if (scopes.some((scope) => caller?.scopes.has(scope))) return whole.prepare(resolved, request, caller);
    const operation = limited.prepare(resolved, request, caller);
    const named = known.get(operation) ?? { ...operation, contract };
    known.set(operation, named);
    return named;
  };
  const readLimited = (text: string): readonly PreparedOperation[] => {
    try {
      return limited.readTrusted(text).map((operation) => ({ ...operation, contract }));
    } catch {
      // It asks for what the contract leaves out: whoever is bound by it is refused the document.
      return [];
    }
  };
  return { prepare, readTrusted: (text) => [...whole.readTrusted(text), ...readLimited(text)] };
}

function createPrepare(
  schema: GraphQLSchema,
  { settings, open }: Pick<Snapshot, 'settings' | 'open'>,
  metrics: Metrics,
): Preparation {
  const { limits, documents, budgets } = settings;
  const capsOfTier = open || budgets.mode !== 'enforce' ? undefined : createTierCaps(settings);
  const preparerWith = (caps: GatewaySettings['limits']) =>
    createOperationPreparer({
      schema,
      limits: caps,
      metrics,
      guard: (document, operation) => enforceStructure(measureOperation(document, operation), caps),
    });
  const arbitrary = preparerWith(limits);
  const trusted = preparerWith({ ...limits, ...documents.trustedLimits });
  /** What was prepared is known again by the document's object. */
  const prepared = new WeakMap<RequestedDocument, PreparedOperation>();
  const prepare: PipelineSteps['prepare'] = ({ document, onGood }, { allowedTypes }, caller) => {
    let operation = prepared.get(document);
    if (operation === undefined) {
      operation = (document.isTrusted ? trusted : arbitrary).prepare(document);
      prepared.set(document, operation);
    }
    if (!allowedTypes.includes(operation.type)) {
      throw new RequestError('BAD_REQUEST', {
        message: `A ${operation.type} cannot be sent by GET; use POST.`,
        status: 405,
      });
    }
    const isCapped = caller !== undefined && !document.isTrusted;
    const refusal = isCapped ? capsOfTier?.(operation, caller.tier) : undefined;
    if (refusal !== undefined) throw refusal;
    onGood?.();
    return operation;
  };
  return { prepare, readTrusted: trusted.read };
}
