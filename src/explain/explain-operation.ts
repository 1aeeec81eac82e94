import { buildASTSchema, buildSchema, type GraphQLSchema, type OperationTypeNode, parse } from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { PreparedOperation, RequestedDocument } from '../context.ts';
import { ConfigError } from '../errors/errors.ts';
import { compileOperation } from '../execution/compile-operation.ts';
import { OperationConditions } from '../execution/operation-conditions.ts';
import { preparePlanning } from '../execution/prepare-planning.ts';
import { enforceStructure } from '../limits/enforce-structure.ts';
import { measureOperation } from '../limits/measure-operation.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createOperationPreparer } from '../operations/prepare-operation.ts';
import { createOperationPlanner, type OperationPlanner } from '../planning/plan-operation.ts';
import type { CompiledRules } from '../shield/compile-rules.ts';
import { readPublicCoordinates } from '../supergraph/public-coordinates.ts';
import { type CostExplanation, explainCost } from './explain-cost.ts';
import { explainPlan, type PlanExplanation } from './explain-plan.ts';

/** What would happen to an operation; plain data, one member for each section. */
export interface Explanation {
  readonly operation: { readonly type: `${OperationTypeNode}`; readonly name: string | undefined };
  readonly plan: PlanExplanation;
  readonly cost: CostExplanation;
}

export interface ExplainOptions {
  /** As it was composed, access directives included. */
  readonly supergraphSdl: string;
  readonly settings: GatewaySettings;
  /** What is private beside what access directives say. */
  readonly rules: Pick<CompiledRules, 'privateCoordinates'>;
  readonly request: RequestedDocument;
}

/**
 * Explains an operation as if nothing of it was refused, without sending anything.
 *
 * @throws ConfigError SUPERGRAPH_INVALID; RequestError or RequestErrors when the operation would be refused
 */
export function explainOperation({ supergraphSdl, settings, rules, request }: ExplainOptions): Explanation {
  const planner = loadPlanner(supergraphSdl);
  const apiSchema = buildSchema(planner.printApiSchema(), { noLocation: true });
  const prepared = createOperationPreparer({
    schema: apiSchema,
    limits: settings.limits,
    metrics: createMetrics(),
    guard: (document, operation) => enforceStructure(measureOperation(document, operation), settings.limits),
  }).prepare(request);
  return {
    operation: { type: prepared.type, name: prepared.name },
    plan: explainPrepared(prepared, planner, apiSchema, { supergraphSdl, settings, rules }),
    cost: explainCost(prepared, apiSchema, parse(supergraphSdl, { noLocation: true }), settings),
  };
}

function loadPlanner(supergraphSdl: string): OperationPlanner {
  try {
    return createOperationPlanner(supergraphSdl);
  } catch (cause) {
    const { message } = cause as Error;
    throw new ConfigError('SUPERGRAPH_INVALID', `The supergraph cannot be planned: ${message}`, cause);
  }
}

function explainPrepared(
  prepared: PreparedOperation,
  planner: OperationPlanner,
  apiSchema: GraphQLSchema,
  { supergraphSdl, settings, rules }: Omit<ExplainOptions, 'request'>,
): PlanExplanation {
  const document = parse(supergraphSdl, { noLocation: true });
  const supergraphSchema = buildASTSchema(document, { assumeValidSDL: true });
  const conditions = new OperationConditions(prepared.document, prepared.operation);
  const values = conditions.evaluate(prepared.variables);
  const { planned, ...source } = preparePlanning(prepared, conditions, values, supergraphSchema);
  const plan =
    planned === undefined ? ({ kind: 'QueryPlan' } as const) : planner.plan(planned, prepared.name);
  const publicCoordinates = readPublicCoordinates(document, supergraphSchema, rules.privateCoordinates);
  const { fetches } = compileOperation({ ...source, plan, apiSchema, supergraphSchema, publicCoordinates });
  return explainPlan(plan, fetches, settings.sharing, prepared.type === 'query');
}
