import { type DocumentNode, type GraphQLSchema, type OperationDefinitionNode, parse } from 'graphql';
import type { GatewaySettings } from '../../config/gateway-settings.ts';
import type { Tier } from '../../context.ts';
import { compileCost } from '../../limits/cost/compile-cost.ts';
import { breakDownCost, dearestField, estimateCost } from '../../limits/cost/estimate-cost.ts';
import type { Snapshot } from '../../snapshot.ts';
import { readCostDirectives } from '../../supergraph/cost-directives.ts';

/** What a document is estimated to cost where a request gives no variables. */
export interface DocumentCost {
  readonly points: number;
  /** The path of the field that costs most; null where nothing costs anything. */
  readonly mostExpensive: string | null;
  /** The tiers that allow one operation so many points. */
  readonly tiers: readonly Tier[];
}

/**
 * Prepares costing documents as the gateway will.
 *
 * @param schema - what clients see
 * @returns a function that throws RequestError QUERY_TOO_COMPLEX for what cannot be costed
 */
export function createDocumentCosting(
  { supergraphSdl, settings }: Pick<Snapshot, 'supergraphSdl' | 'settings'>,
  schema: GraphQLSchema,
): (document: DocumentNode, operation: OperationDefinitionNode) => DocumentCost {
  const directives = readCostDirectives(parse(supergraphSdl, { noLocation: true }));
  const model = { ...settings.cost, schema, directives };
  const tiers = Object.keys(settings.tiers) as Tier[];
  return (document, operation) => {
    const compiled = compileCost(model, document, operation);
    const points = estimateCost(compiled, {});
    const dearest = points === 0 ? undefined : dearestField(breakDownCost(compiled, {}));
    return {
      points,
      mostExpensive: dearest?.path.join('.') ?? null,
      tiers: tiers.filter((tier) => points <= mostPoints(settings.tiers[tier])),
    };
  };
}

/**
 * Why a document of a client is too dear to be published: above what every tier allows, or every tier that the keys of
 * the client have.
 *
 * @returns undefined when it may be published
 */
export function refuseCost(
  { points, mostExpensive, tiers }: DocumentCost,
  { settings, keys }: Pick<Snapshot, 'settings' | 'keys'>,
  client: string,
): string | undefined {
  const own = new Set(keys.filter((key) => key.client === client).map(({ tier }) => tier));
  const asked = own.size > 0 ? [...own] : (Object.keys(settings.tiers) as Tier[]);
  if (asked.some((tier) => tiers.includes(tier))) return undefined;
  const most = Math.max(...asked.map((tier) => mostPoints(settings.tiers[tier])));
  const whose = own.size > 0 ? `its tiers (${asked.join(', ')}) allow` : 'the best tier allows';
  return `it costs ${points} points; ${whose} ${most}. The field ${mostExpensive} costs most.`;
}

/** An operation that the bucket cannot hold never runs. */
function mostPoints({ operationPoints, bucketPoints }: GatewaySettings['tiers'][Tier]): number {
  return Math.min(operationPoints, bucketPoints);
}
