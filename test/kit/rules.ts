import { buildASTSchema, buildSchema, type GraphQLSchema, getOperationAST, parse } from 'graphql';
import type { Caller, PreparedOperation } from '../../src/context.ts';
import type { AnyRule, RuleMap } from '../../src/lib/rules.ts';
import { type CompiledRules, compileRules } from '../../src/shield/compile-rules.ts';
import { createRuleEvaluator } from '../../src/shield/evaluate-rule.ts';
import { createOperationPermits, type PermitOperation } from '../../src/shield/permit-operation.ts';
import type { PermittedOperation } from '../../src/shield/permitted-operation.ts';

/** Access directives as a supergraph links them. */
const LINKS = `schema
  @link(url: "https://specs.apollo.dev/authenticated/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/requiresScopes/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/policy/v0.1", for: SECURITY)
  @link(url: "https://specs.apollo.dev/inaccessible/v0.2", for: SECURITY)
{ query: Query }\n`;

/** Compiles rules over a schema that is written as the supergraph writes it. */
export function compileTestRules(
  sdl: string,
  map: RuleMap | undefined,
  policies: Readonly<Record<string, AnyRule>> = {},
): CompiledRules {
  const document = parse(LINKS + sdl, { noLocation: true });
  const schema = buildASTSchema(document, { assumeValidSDL: true });
  return compileRules({ document, schema, rules: map && { file: 'rules.ts', map, policies } });
}

/** The step that permits operations, without a gateway around it. */
export interface TestPermits {
  readonly schema: GraphQLSchema;
  readonly faults: readonly string[];
  /** An operation as the pipeline prepares it; equal text gives the same one. */
  prepare(query: string, variables?: Record<string, unknown>): PreparedOperation;
  permit(query: string, caller?: Caller, variables?: Record<string, unknown>): Promise<PermittedOperation>;
  readonly step: PermitOperation;
}

export const ANYBODY: Caller = { tier: 'ANONYMOUS', scopes: new Set() };

/** A caller with scopes. */
export function callerWith(scopes: readonly string[] = [], more: Partial<Caller> = {}): Caller {
  return { tier: 'PRO', accountId: 'acc_1', userId: 'user_1', ...more, scopes: new Set(scopes) };
}

/** Permits operations over a schema with rules. */
export function createTestPermits(sdl: string, map: RuleMap | undefined, timeoutMs = 50): TestPermits {
  const schema = buildSchema(sdl, { assumeValidSDL: true });
  const faults: string[] = [];
  const evaluate = createRuleEvaluator({ timeoutMs, onFault: (name) => faults.push(name) });
  const { permit: step } = createOperationPermits({ schema, rules: compileTestRules(sdl, map), evaluate });
  const prepared = new Map<string, Omit<PreparedOperation, 'variables'>>();
  const prepare = (query: string, variables: Record<string, unknown> = {}): PreparedOperation => {
    let operation = prepared.get(query);
    if (operation === undefined) {
      const document = parse(query, { noLocation: true });
      const definition = getOperationAST(document);
      if (definition == null) throw new TypeError('a test document has one operation');
      operation = {
        text: query,
        document,
        operation: definition,
        type: definition.operation,
        name: definition.name?.value,
      };
      prepared.set(query, operation);
    }
    return { ...operation, variables };
  };
  return {
    schema,
    faults,
    prepare,
    step,
    permit: async (query, caller = ANYBODY, variables = {}) => step(prepare(query, variables), caller),
  };
}
