import {
  buildASTSchema,
  buildSchema,
  type DocumentNode,
  type GraphQLSchema,
  type OperationTypeNode,
  parse,
} from 'graphql';
import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Caller, PreparedOperation, RequestedDocument } from '../context.ts';
import { ConfigError } from '../errors/errors.ts';
import { compileOperation } from '../execution/compile-operation.ts';
import { OperationConditions } from '../execution/operation-conditions.ts';
import { preparePlanning } from '../execution/prepare-planning.ts';
import { enforceStructure } from '../limits/enforce-structure.ts';
import { createTierCaps } from '../limits/enforce-tier.ts';
import { measureOperation } from '../limits/measure-operation.ts';
import { createMetrics } from '../observability/metrics.ts';
import { createOperationPreparer } from '../operations/prepare-operation.ts';
import { createOperationPlanner, type OperationPlanner } from '../planning/plan-operation.ts';
import type { CompiledRules } from '../shield/compile-rules.ts';
import { createRuleEvaluator } from '../shield/evaluate-rule.ts';
import { createOperationPermits } from '../shield/permit-operation.ts';
import type { PermittedOperation } from '../shield/permitted-operation.ts';
import { contractSchema } from '../supergraph/contract-schema.ts';
import { readInternalFields } from '../supergraph/internal-fields.ts';
import { readPublicCoordinates } from '../supergraph/public-coordinates.ts';
import { type CostExplanation, explainCost } from './explain-cost.ts';
import { explainPlan, type PlanExplanation } from './explain-plan.ts';
import { explainGuards, explainRefusals, type RulesExplanation } from './explain-rules.ts';

/** What would happen to an operation; plain data, one member for each section. */
export interface Explanation {
  readonly operation: { readonly type: `${OperationTypeNode}`; readonly name: string | undefined };
  readonly plan: PlanExplanation;
  readonly cost: CostExplanation;
  /** Undefined where rules do not hold. */
  readonly rules: RulesExplanation | undefined;
}

export interface ExplainOptions {
  /** As it was composed, access directives included. */
  readonly supergraphSdl: string;
  readonly settings: GatewaySettings;
  /** Undefined: rules do not hold. */
  readonly rules: CompiledRules | undefined;
  readonly request: RequestedDocument;
  /** Whom it is explained for; undefined: nothing of it is refused. */
  readonly caller?: Caller | undefined;
}

/**
 * Explains an operation without sending anything: as its caller may run it, or as if nothing of it was refused.
 *
 * @throws (rejects with) ConfigError SUPERGRAPH_INVALID; RequestError or RequestErrors when the operation would be
 *   refused
 */
export async function explainOperation(options: ExplainOptions): Promise<Explanation> {
  const { supergraphSdl, settings, rules, caller } = options;
  const planner = loadPlanner(supergraphSdl);
  const apiSchema = buildSchema(planner.printApiSchema(), { noLocation: true });
  const supergraph = parse(supergraphSdl, { noLocation: true });
  const prepared = prepare(options, apiSchema, supergraph);
  const permitted = await permit(prepared, options, apiSchema);
  return {
    operation: { type: prepared.type, name: prepared.name },
    plan: explainPrepared(permitted, planner, apiSchema, supergraph, { settings, rules }),
    cost: explainCost(permitted, apiSchema, supergraph, settings),
    rules:
      rules &&
      (caller === undefined
        ? explainGuards(prepared, apiSchema, rules)
        : explainRefusals(permitted, apiSchema, rules, caller)),
  };
}

/** Checks the request as the gateway does, by what its caller knows of. */
function prepare(
  { settings, rules, request, caller }: ExplainOptions,
  apiSchema: GraphQLSchema,
  supergraph: DocumentNode,
): PreparedOperation {
  const { excludeTags, scopes } = settings.contract;
  const isLimited =
    rules !== undefined &&
    caller !== undefined &&
    excludeTags.length > 0 &&
    !scopes.some((scope) => caller.scopes.has(scope));
  const { limits, budgets } = settings;
  const prepared = createOperationPreparer({
    schema: isLimited ? contractSchema(apiSchema, supergraph, excludeTags) : apiSchema,
    limits,
    metrics: createMetrics(),
    guard: (document, operation) => enforceStructure(measureOperation(document, operation), limits),
  }).prepare(request);
  if (rules === undefined || caller === undefined || budgets.mode !== 'enforce') return prepared;
  const refusal = createTierCaps(settings)(prepared, caller.tier);
  if (refusal !== undefined) throw refusal;
  return prepared;
}

async function permit(
  prepared: PreparedOperation,
  { settings, rules, caller }: ExplainOptions,
  schema: GraphQLSchema,
): Promise<PermittedOperation> {
  if (rules === undefined || caller === undefined) return prepared;
  // That a rule failed is part of the explanation.
  const evaluate = createRuleEvaluator({ timeoutMs: settings.rules.timeoutMs, onFault: () => undefined });
  return createOperationPermits({ schema, rules, evaluate }).permit(prepared, caller);
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
  supergraph: DocumentNode,
  { settings, rules }: Pick<ExplainOptions, 'settings' | 'rules'>,
): PlanExplanation {
  const supergraphSchema = buildASTSchema(supergraph, { assumeValidSDL: true });
  const conditions = new OperationConditions(prepared.document, prepared.operation);
  const values = conditions.evaluate(prepared.variables);
  const { planned, ...source } = preparePlanning(prepared, conditions, values, supergraphSchema);
  const plan =
    planned === undefined ? ({ kind: 'QueryPlan' } as const) : planner.plan(planned, prepared.name);
  const publicCoordinates = readPublicCoordinates(supergraph, supergraphSchema, rules?.privateCoordinates);
  const { fetches } = compileOperation({ ...source, plan, apiSchema, supergraphSchema, publicCoordinates });
  return explainPlan(plan, fetches, {
    sharing: settings.sharing,
    isQuery: prepared.type === 'query',
    internal: new Set(readInternalFields(supergraph).map(({ subgraph }) => subgraph)),
  });
}
