import { buildASTSchema, buildSchema, execute, getOperationAST, isObjectType, parse } from 'graphql';
import type { Caller } from '../../src/context.ts';
import { applyMiddleware, shield } from '../../src/lib/graphql-shield.ts';
import {
  type AnyRule,
  allow,
  and,
  chain,
  deny,
  hasScopes,
  hasUser,
  isAuthenticated,
  not,
  or,
  type RuleMap,
  race,
  rule,
} from '../../src/lib/rules.ts';
import { printApiSchema } from '../../src/planning/print-api-schema.ts';
import { compileRules } from '../../src/shield/compile-rules.ts';
import { createRuleEvaluator } from '../../src/shield/evaluate-rule.ts';
import { nullRefused } from '../../src/shield/null-refused.ts';
import { createOperationPermits } from '../../src/shield/permit-operation.ts';
import type { ExecutionResult } from './compare-results.ts';
import type { Execution } from './executions.ts';
import { monolith, ownedFields, supergraphSdl } from './fixture/federation.ts';
import { createWorld } from './fixture/world.ts';
import type { Choices } from './random-operation.ts';

/** Rules and a caller, for one case. */
export interface Shielding {
  readonly map: RuleMap;
  readonly caller: Caller;
}

/** Looks at an argument, so that it has to be asked for each field and request. */
const asksForFew = rule('asksForFew', { kind: 'static', reads: ['arguments'] })(
  (_parent, args: Record<string, unknown>) => typeof args.first !== 'number' || args.first < 3,
);

const POOL: readonly AnyRule[] = [
  deny,
  isAuthenticated,
  hasUser,
  hasScopes('a'),
  hasScopes(['a', 'b'], 'c'),
  and(isAuthenticated, hasScopes('b')),
  or(hasScopes('a'), hasScopes('b')),
  not(hasScopes('c')),
  race(hasScopes('c'), hasUser),
  chain(hasUser, not(deny)),
  asksForFew,
];

const CALLERS: readonly Caller[] = [
  { tier: 'ANONYMOUS', scopes: new Set() },
  { tier: 'FREE', scopes: new Set(['a']), accountId: 'x' },
  { tier: 'PRO', scopes: new Set(['a', 'b']), accountId: 'x', userId: 'u' },
  { tier: 'BUSINESS', scopes: new Set(['c']), accountId: 'y', userId: 'v' },
];

const apiSchema = buildSchema(printApiSchema(supergraphSdl));
const document = parse(supergraphSdl, { noLocation: true });
const supergraphSchema = buildASTSchema(document, { assumeValidSDL: true });

/** One field in eight has a rule. */
export function createShielding(choices: Choices): Shielding {
  const map: Record<string, Record<string, AnyRule>> = {};
  for (const type of Object.values(apiSchema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('__')) continue;
    const rules: Record<string, AnyRule> = { '*': allow };
    for (const field of Object.keys(type.getFields())) {
      if (choices.below(8) === 0) rules[field] = POOL[choices.below(POOL.length)] as AnyRule;
    }
    map[type.name] = rules;
  }
  return { map, caller: CALLERS[choices.below(CALLERS.length)] as Caller };
}

/** The monolith with graphql-shield around its resolvers. */
export function shieldMonolith({ map, caller }: Shielding): Execution {
  const schema = applyMiddleware(
    monolith,
    shield(map as never, { fallbackRule: deny, allowExternalErrors: true }),
  );
  return {
    name: 'monolith with graphql-shield',
    run: async ({ query, variables, faults }) =>
      execute({
        schema,
        document: parse(query),
        variableValues: variables,
        contextValue: { ...createWorld(faults, ownedFields), caller, variables },
      }),
    close: async () => {},
  };
}

/** An execution behind the gateway's rules: what it runs is pruned, what it answers is nulled. */
export function shieldExecution(inner: Execution, { map, caller }: Shielding): Execution {
  const rules = compileRules({
    document,
    schema: supergraphSchema,
    rules: { file: 'rules.ts', map, policies: {} },
  });
  const evaluate = createRuleEvaluator({
    timeoutMs: 1_000,
    onFault: (_name, fault) => {
      throw fault;
    },
  });
  const { permit } = createOperationPermits({ schema: apiSchema, rules, evaluate });
  return {
    name: `${inner.name} behind rules`,
    async run(of) {
      const parsed = parse(of.query, { noLocation: true });
      const operation = getOperationAST(parsed);
      if (operation == null) throw new Error('one operation was expected');
      const { variables } = of;
      const asked = {
        text: of.query,
        document: parsed,
        operation,
        type: operation.operation,
        name: undefined,
      };
      const permitted = await permit({ ...asked, variables }, caller);
      const result: ExecutionResult = await inner.run({ ...of, query: permitted.text });
      return nullRefused(result as { data?: Record<string, unknown> | null }, permitted, apiSchema);
    },
    close: () => inner.close(),
  };
}
