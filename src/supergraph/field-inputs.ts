import {
  type ConstDirectiveNode,
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  parse,
  type SelectionSetNode,
} from 'graphql';
import { directiveArguments } from './directive-arguments.ts';

/** What a subgraph is told of an object so that it can answer a field. */
export interface FieldInputs {
  /** The field that asks, as `Type.field`. */
  readonly coordinate: string;
  /** How it asks, for messages: `@requires(fields: "weight")`. */
  readonly directive: string;
  /** The fields whose values are sent, as `Type.field`; of abstract types those of every possible type. */
  readonly inputs: readonly string[];
}

/**
 * Reads which values subgraphs are sent for which fields: what a field `@requires`, and the `@key` by which its
 * subgraph finds the object. Types of one subgraph alone are sent nowhere.
 *
 * @param document - the supergraph with its `@join__` directives
 * @param schema - the same supergraph as a schema
 * @see https://specs.apollo.dev/join/v0.3/
 */
export function readFieldInputs(document: DocumentNode, schema: GraphQLSchema): FieldInputs[] {
  return document.definitions.flatMap((definition) =>
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ? inputsOfType(definition, schema) : [],
  );
}

function inputsOfType(type: ObjectTypeDefinitionNode, schema: GraphQLSchema): FieldInputs[] {
  const entries = joinArguments(type.directives, 'join__type');
  const graphs = new Set(entries.map(({ graph }) => graph));
  return (type.fields ?? []).flatMap((field) => {
    const coordinate = `${type.name.value}.${field.name.value}`;
    const read = (fieldSet: string) => coordinatesOf(fieldSet, type.name.value, schema);
    const required = joinArguments(field.directives, 'join__field').flatMap(({ requires }) =>
      typeof requires === 'string'
        ? [{ coordinate, directive: `@requires(fields: "${requires}")`, inputs: read(requires) }]
        : [],
    );
    const keys = entries.flatMap(({ graph, key, resolvable }) => {
      const isUsed = typeof key === 'string' && resolvable !== false && graphs.size > 1;
      if (!isUsed || !resolvingGraphs(field, graphs).has(graph)) return [];
      const inputs = read(key).filter((input) => input !== coordinate);
      return [{ coordinate, directive: `@key(fields: "${key}")`, inputs }];
    });
    return [...required, ...keys];
  });
}

/** The subgraphs that answer a field: those that `@join__field` names, else all that have the type. */
function resolvingGraphs(field: FieldDefinitionNode, graphs: ReadonlySet<unknown>): ReadonlySet<unknown> {
  const entries = joinArguments(field.directives, 'join__field').filter(({ graph }) => graph !== undefined);
  if (entries.length === 0) return graphs;
  return new Set(entries.filter(({ external }) => external !== true).map(({ graph }) => graph));
}

function joinArguments(
  directives: readonly ConstDirectiveNode[] = [],
  name: 'join__type' | 'join__field',
): Readonly<Record<string, unknown>>[] {
  return directives.filter((directive) => directive.name.value === name).map(directiveArguments);
}

/** The coordinates that a field set selects. */
function coordinatesOf(fieldSet: string, typeName: string, schema: GraphQLSchema): string[] {
  const [definition] = parse(`{ ${fieldSet} }`, { noLocation: true }).definitions;
  const found = new Set<string>();
  const walk = ({ selections }: SelectionSetNode, parentName: string): void => {
    const parent = schema.getType(parentName);
    for (const selection of selections) {
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        walk(selection.selectionSet, selection.typeCondition?.name.value ?? parentName);
      } else if (selection.kind === Kind.FIELD && (isObjectType(parent) || isInterfaceType(parent))) {
        const name = selection.name.value;
        const field = parent.getFields()[name];
        if (field === undefined) continue;
        const possible = isInterfaceType(parent) ? schema.getPossibleTypes(parent) : [parent];
        for (const type of possible) found.add(`${type.name}.${name}`);
        if (selection.selectionSet !== undefined) walk(selection.selectionSet, getNamedType(field.type).name);
      }
    }
  };
  if (definition?.kind === Kind.OPERATION_DEFINITION) walk(definition.selectionSet, typeName);
  return [...found];
}
