import {
  type ConstDirectiveNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql';
import { applyMiddleware, shield, rule as shieldRule } from '../../src/lib/graphql-shield.ts';
import {
  type AnyRule,
  allow,
  chain,
  deny,
  hasScopes,
  isAuthenticated,
  isRule,
  leavesOf,
  marksOf,
  type RuleInput,
  type RuleMap,
  readsOnly,
} from '../../src/lib/rules.ts';
import type { Caller } from './caller.ts';

/** The part of the resolvers' context that rules look at. */
export interface CallerContext {
  readonly caller: Caller;
}

/** Reads `@authenticated` and `@requiresScopes` as the rules that they stand for. */
function directiveRules(directives: readonly ConstDirectiveNode[]): readonly AnyRule[] {
  return directives.flatMap((directive): AnyRule[] => {
    if (directive.name.value === 'authenticated') return [isAuthenticated];
    if (directive.name.value !== 'requiresScopes') return [];
    const argument = directive.arguments?.find(({ name }) => name.value === 'scopes');
    const alternatives =
      argument === undefined ? [] : (valueFromASTUntyped(argument.value) as readonly (readonly string[])[]);
    return [hasScopes(...alternatives)];
  });
}

function directivesOf(
  node: GraphQLObjectType | GraphQLField<unknown, unknown>,
): readonly ConstDirectiveNode[] {
  const extensions = 'extensionASTNodes' in node ? node.extensionASTNodes : [];
  return [node.astNode, ...extensions].flatMap((astNode) => astNode?.directives ?? []);
}

/**
 * The rule that the map has for a field. What clients can ask for and nothing names is refused, as in the gateway; what
 * is `@inaccessible` nobody asks for but the gateway.
 */
function mapRules(
  map: RuleMap | undefined,
  typeName: string,
  fieldName: string,
  directives: readonly ConstDirectiveNode[],
): readonly AnyRule[] {
  if (map === undefined) return [];
  const entry = Object.hasOwn(map, typeName) ? map[typeName] : undefined;
  const named = isRule(entry) ? entry : (entry?.[fieldName] ?? entry?.['*']);
  if (named !== undefined) return [named];
  const isOpen = directives.some(({ name }) =>
    ['inaccessible', 'authenticated', 'requiresScopes'].includes(name.value),
  );
  return isOpen ? [] : [deny];
}

/** What every field of one request sees alike: such a rule is asked once for each caller. */
const CALLER_INPUTS: ReadonlySet<RuleInput> = new Set([
  ...(['authenticated', 'tier', 'scopes'] as const),
  ...(['hasUser', 'userId', 'accountId'] as const),
]);
const SHIELD_OPTIONS = { debug: false, allowExternalErrors: true } as never;

/** One rule of graphql-shield that asks all of some rules, in their order. */
function combine(rules: readonly AnyRule[]) {
  const all = rules.length === 1 ? (rules[0] as AnyRule) : chain(...rules);
  const verdicts = new WeakMap<Caller, true | GraphQLError | Promise<true | GraphQLError>>();
  const isSteady = readsOnly(all, CALLER_INPUTS);
  // no_cache: shield's contextual cache lives as long as the context object and ignores arguments.
  return shieldRule({ cache: 'no_cache' })((parent, args, context: CallerContext, info) => {
    const ask = async () =>
      refusalOr(await all.resolve(parent, args, context as never, info, SHIELD_OPTIONS));
    if (!isSteady) return ask();
    const known = verdicts.get(context.caller);
    if (known !== undefined) return known;
    const asked = ask().then((verdict) => {
      verdicts.set(context.caller, verdict);
      return verdict;
    });
    verdicts.set(context.caller, asked);
    return asked;
  });
}

/** A refusal always has a code; which rule it was, and why it failed if it did, is nobody's business outside. */
function refusalOr(answer: unknown): true | GraphQLError {
  if (answer === true) return true;
  if (answer instanceof GraphQLError && answer.extensions.code !== undefined) return answer;
  return new GraphQLError('The caller may not see this field.', { extensions: { code: 'FORBIDDEN' } });
}

/** The variables of the client's operation do not come this far. */
function isForGatewayAlone(rule: AnyRule): boolean {
  return leavesOf(rule).some((leaf) => marksOf(leaf)?.reads?.includes('variables') === true);
}

/**
 * Guards the fields of every object type with graphql-shield: `@authenticated` and `@requiresScopes` on the field or
 * its type, and the rules of a map. They hold whatever the way to the object, `_entities` included; ownership is for
 * the resolvers to check.
 *
 * Only guarded fields are wrapped: shield costs two promises for each field that it touches.
 *
 * @param map - the rules of the whole platform; without it the directives alone hold
 */
export function enforceAccess(schema: GraphQLSchema, map?: RuleMap): GraphQLSchema {
  const tree: Record<string, Record<string, ReturnType<typeof combine>>> = {};
  const combined = new Map<string, ReturnType<typeof combine>>();
  const ids = new Map<AnyRule, number>();
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue;
    const typeDirectives = directivesOf(type);
    for (const field of Object.values(type.getFields())) {
      // The fields of Federation itself, `_entities` and `_service`, are the gateway's: its token opens them.
      if (field.name.startsWith('_')) continue;
      const directives = [...typeDirectives, ...directivesOf(field)];
      const rules = [
        ...new Set([...directiveRules(directives), ...mapRules(map, type.name, field.name, directives)]),
      ].filter((rule) => rule !== allow && !isForGatewayAlone(rule));
      if (rules.length === 0) continue;
      for (const rule of rules) ids.set(rule, ids.get(rule) ?? ids.size);
      const key = rules.map((rule) => ids.get(rule)).join();
      const guard = combined.get(key) ?? combine(rules);
      combined.set(key, guard);
      tree[type.name] = { ...tree[type.name], [field.name]: guard };
    }
  }
  const middleware = shield(tree, { fallbackRule: allow, allowExternalErrors: true }).generate(schema);
  const guarded = Object.fromEntries(
    Object.entries(tree).map(([typeName, rules]) => {
      const ofType = (middleware as Record<string, Record<string, unknown>>)[typeName] ?? {};
      return [typeName, Object.fromEntries(Object.keys(rules).map((name) => [name, ofType[name]]))];
    }),
  );
  return applyMiddleware(schema, guarded as never);
}
