import {
  type ConstDirectiveNode,
  GraphQLError,
  type GraphQLField,
  type GraphQLObjectType,
  type GraphQLSchema,
  isObjectType,
  valueFromASTUntyped,
} from 'graphql';
import { allow, applyMiddleware, rule, shield } from '../../src/lib/graphql-shield.ts';
import type { Caller } from './caller.ts';

/** The part of the resolvers' context that rules look at. */
export interface CallerContext {
  readonly caller: Caller;
}

/** What `@authenticated` and `@requiresScopes` ask for, in one place. */
interface Requirement {
  readonly authenticated: boolean;
  /** One of the sets must be held in full; each directive adds a list of sets, and all directives must pass. */
  readonly scopeSets: readonly (readonly (readonly string[])[])[];
}

function requirementOf(directives: readonly ConstDirectiveNode[]): Requirement {
  const scopeSets = directives
    .filter((directive) => directive.name.value === 'requiresScopes')
    .map((directive) => {
      const argument = directive.arguments?.find(({ name }) => name.value === 'scopes');
      return valueFromASTUntyped(argument?.value ?? { kind: 'ListValue' as never, values: [] }) as string[][];
    });
  return {
    authenticated: directives.some((directive) => directive.name.value === 'authenticated'),
    scopeSets,
  };
}

function directivesOf(
  node: GraphQLObjectType | GraphQLField<unknown, unknown>,
): readonly ConstDirectiveNode[] {
  const extensions = 'extensionASTNodes' in node ? node.extensionASTNodes : [];
  return [node.astNode, ...extensions].flatMap((astNode) => astNode?.directives ?? []);
}

/** Says whether a caller meets a requirement; UNAUTHENTICATED before FORBIDDEN. */
function refusalOf({ scopeSets }: Requirement, { tier, scopes }: Caller): GraphQLError | undefined {
  if (tier === 'ANONYMOUS') {
    return new GraphQLError('This field needs a valid API key.', { extensions: { code: 'UNAUTHENTICATED' } });
  }
  const holdsOneSet = (sets: readonly (readonly string[])[]) =>
    sets.some((set) => set.every((scope) => scopes.has(scope)));
  if (scopeSets.every(holdsOneSet)) return undefined;
  return new GraphQLError('The key does not have the scope that this field needs.', {
    extensions: { code: 'FORBIDDEN' },
  });
}

function ruleFor(requirement: Requirement) {
  // no_cache: shield's contextual cache lives as long as the context object and ignores arguments.
  return rule({ cache: 'no_cache' })((_parent, _args, { caller }: CallerContext) => {
    return refusalOf(requirement, caller) ?? true;
  });
}

/**
 * Guards every field that `@authenticated` or `@requiresScopes` names, on itself or on its type, with a
 * graphql-shield rule. Directives on a type hold for all of its fields, whatever the way to them, `_entities`
 * included; ownership is for the resolvers to check.
 *
 * Only guarded fields are wrapped: shield costs two promises for each field that it touches.
 */
export function enforceAccess(schema: GraphQLSchema): GraphQLSchema {
  const tree: Record<string, Record<string, ReturnType<typeof ruleFor>>> = {};
  for (const type of Object.values(schema.getTypeMap())) {
    if (!isObjectType(type) || type.name.startsWith('_')) continue;
    const typeDirectives = directivesOf(type);
    for (const field of Object.values(type.getFields())) {
      const requirement = requirementOf([...typeDirectives, ...directivesOf(field)]);
      if (!requirement.authenticated && requirement.scopeSets.length === 0) continue;
      tree[type.name] ??= {};
      (tree[type.name] as Record<string, unknown>)[field.name] = ruleFor(requirement);
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
