import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isObjectType,
} from 'graphql';
import { collectFields, collectSubfields } from 'graphql/execution/collectFields.js';
import { getVariableValues } from 'graphql/execution/values.js';
import type { Caller, PreparedOperation } from '../context.ts';
import { fragmentsOf } from '../lib/fragments-of.ts';
import type { CompiledRules } from '../shield/compile-rules.ts';
import type { PermittedOperation } from '../shield/permitted-operation.ts';

/** A field of the operation that has rules. */
export interface GuardedFieldExplanation {
  /** `Type.field` of an object type */
  readonly coordinate: string;
  /** All must hold: those of access directives, then that of the map. */
  readonly rules: readonly string[];
  /** Where the operation asks for it, by names of the answer; lists have no index. */
  readonly paths: readonly string[];
}

/** A field that the caller would be refused. */
export interface RefusedFieldExplanation {
  readonly coordinate: string;
  readonly code: string;
  /** The rule that refuses it. */
  readonly rule: string;
  /** Whether the rule failed to answer, which refuses, too. */
  readonly isFault: boolean;
  /** Where the caller would be told so. What stands below a refused field is not asked about. */
  readonly paths: readonly string[];
}

/** What rules say of an operation. */
export interface RulesExplanation {
  /** Whom the operation is explained for; undefined where nobody was named. */
  readonly caller:
    | { readonly tier: Caller['tier']; readonly scopes: readonly string[]; readonly userId?: string }
    | undefined;
  readonly guarded: readonly GuardedFieldExplanation[];
  /** Undefined where nobody was named. */
  readonly refused: readonly RefusedFieldExplanation[] | undefined;
}

/** Explains which rules guard the fields of an operation. */
export function explainGuards(
  operation: PreparedOperation,
  schema: GraphQLSchema,
  rules: CompiledRules,
): RulesExplanation {
  return { caller: undefined, guarded: guardedFields(operation, schema, rules), refused: undefined };
}

/**
 * Explains which rule refuses a caller what of an operation.
 *
 * @param permitted - the operation as the caller may run it
 */
export function explainRefusals(
  permitted: PermittedOperation,
  schema: GraphQLSchema,
  rules: CompiledRules,
  { tier, scopes, userId }: Caller,
): RulesExplanation {
  const { refusals, variables } = permitted;
  const asked: Asked = { ...(refusals?.asked ?? permitted), variables };
  const refused = new Map<string, RefusedFieldExplanation & { readonly paths: string[] }>();
  walkFields(asked, schema, (coordinate, path, typeName, field) => {
    const denial = refusals?.denialOf(typeName, field);
    if (denial === undefined) return true;
    const { code, rule, isFault } = denial;
    const entry = refused.get(coordinate) ?? { coordinate, code, rule, isFault, paths: [] };
    refused.set(coordinate, entry);
    if (!entry.paths.includes(path)) entry.paths.push(path);
    return false;
  });
  return {
    caller: { tier, scopes: [...scopes].sort(), ...(userId === undefined ? {} : { userId }) },
    guarded: guardedFields(asked, schema, rules),
    refused: [...refused.values()],
  };
}

type Asked = Pick<PreparedOperation, 'document' | 'operation' | 'variables'>;

function guardedFields(
  asked: Asked,
  schema: GraphQLSchema,
  rules: CompiledRules,
): readonly GuardedFieldExplanation[] {
  const guarded = new Map<string, GuardedFieldExplanation & { readonly paths: string[] }>();
  walkFields(asked, schema, (coordinate, path, typeName, { name }) => {
    const guard = rules.guardOf(typeName, name.value);
    if (guard === undefined) return true;
    const names = guard.rules.map((rule) => rule.name);
    const entry = guarded.get(coordinate) ?? { coordinate, rules: names, paths: [] };
    guarded.set(coordinate, entry);
    if (!entry.paths.includes(path)) entry.paths.push(path);
    return true;
  });
  return [...guarded.values()];
}

/**
 * Visits each field that an operation asks for under its variables, for each object type that may stand there.
 *
 * @param visit - says whether to go on below the field
 */
function walkFields(
  { document, operation, variables: given }: Asked,
  schema: GraphQLSchema,
  visit: (coordinate: string, path: string, typeName: string, field: FieldNode) => boolean,
): void {
  const fragments: Record<string, FragmentDefinitionNode> = Object.fromEntries(fragmentsOf(document));
  const { coerced = {} } = getVariableValues(schema, operation.variableDefinitions ?? [], given);

  const walk = (
    type: GraphQLObjectType,
    fields: ReadonlyMap<string, readonly FieldNode[]>,
    path: string,
  ): void => {
    for (const [responseName, nodes] of fields) {
      const [node] = nodes as [FieldNode];
      const field = type.getFields()[node.name.value];
      if (field === undefined) continue;
      const place = path === '' ? responseName : `${path}.${responseName}`;
      if (!visit(`${type.name}.${field.name}`, place, type.name, node)) continue;
      const inner = getNamedType(field.type);
      const possible = isAbstractType(inner)
        ? schema.getPossibleTypes(inner)
        : isObjectType(inner)
          ? [inner]
          : [];
      for (const object of possible) {
        walk(object, collectSubfields(schema, fragments, coerced, object, nodes), place);
      }
    }
  };

  const root = schema.getRootType(operation.operation) as GraphQLObjectType;
  walk(root, collectFields(schema, fragments, coerced, root, operation.selectionSet), '');
}
