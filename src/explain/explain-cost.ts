import type { DocumentNode, GraphQLSchema } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation, Tier } from '../context.ts';
import { compileCost } from '../limits/cost/compile-cost.ts';
import { breakDownCost, estimateCost } from '../limits/cost/estimate-cost.ts';
import { reportBreakdown } from '../limits/report-cost.ts';
import { readCostDirectives } from '../supergraph/cost-directives.ts';

/** What an operation is estimated to cost, in points. */
export interface CostExplanation {
  readonly points: number;
  /** What each field adds, in the order of the operation; fields that add nothing are left out. */
  readonly fields: readonly { readonly path: string; readonly points: number; readonly subgraph?: string }[];
  /** By the subgraph that resolves the field. */
  readonly subgraphs: Readonly<Record<string, number>>;
  /** The tiers whose accounts may spend that much on one operation. */
  readonly allowedFor: readonly Tier[];
}

/** Explains the cost of an operation under its variables. */
export function explainCost(
  { document, operation, variables }: PreparedOperation,
  schema: GraphQLSchema,
  supergraph: DocumentNode,
  { cost, tiers }: Pick<GatewaySettings, 'cost' | 'tiers'>,
): CostExplanation {
  const model = { ...cost, schema, directives: readCostDirectives(supergraph) };
  const compiled = compileCost(model, document, operation);
  const points = estimateCost(compiled, variables);
  const { fields, subgraphs } = reportBreakdown(breakDownCost(compiled, variables));
  const allowed = Object.entries(tiers).filter(
    ([, { operationPoints, bucketPoints }]) => points <= Math.min(operationPoints, bucketPoints),
  );
  return {
    points,
    fields: fields.filter((field) => field.points > 0),
    subgraphs,
    allowedFor: allowed.map(([tier]) => tier as Tier),
  };
}
