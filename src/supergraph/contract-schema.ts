import {
  buildASTSchema,
  type ConstDirectiveNode,
  type DefinitionNode,
  type DocumentNode,
  type GraphQLSchema,
  type InputValueDefinitionNode,
  Kind,
  type NamedTypeNode,
  parse,
  printSchema,
  type TypeNode,
} from 'graphql';
import { linkedFeatures } from './linked-features.ts';

/**
 * What of an API a contract shows: all but the elements with one of the tags, and what leads to those alone. A field
 * goes with its type, a type with its last field, a field with an argument that must be given and is gone.
 *
 * @param supergraph - the supergraph with its tags
 * @see https://specs.apollo.dev/tag/v0.3/
 */
export function contractSchema(
  api: GraphQLSchema,
  supergraph: DocumentNode,
  excludeTags: readonly string[],
): GraphQLSchema {
  const excluded = taggedCoordinates(supergraph, new Set(excludeTags));
  let document = withoutCoordinates(parse(printSchema(api), { noLocation: true }), excluded);
  // What goes may take something with it: until nothing more goes.
  for (let size = -1; size !== document.definitions.length + fieldCount(document); ) {
    size = document.definitions.length + fieldCount(document);
    document = withoutDangling(document);
  }
  return buildASTSchema(document, { assumeValidSDL: true });
}

/** Coordinates with one of the tags: `Type`, `Type.field`, `Type.field.argument`, `Enum.VALUE`. */
function taggedCoordinates(supergraph: DocumentNode, tags: ReadonlySet<string>): ReadonlySet<string> {
  const directives = new Set(
    linkedFeatures(supergraph)
      .filter(({ name }) => name === 'tag')
      .flatMap(({ localNames }) => localNames),
  );
  const found = new Set<string>();
  const note = (coordinate: string, applied: readonly ConstDirectiveNode[] = []): void => {
    const isTagged = applied.some(
      ({ name, arguments: args = [] }) =>
        directives.has(name.value) &&
        args.some(({ value }) => value.kind === Kind.STRING && tags.has(value.value)),
    );
    if (isTagged) found.add(coordinate);
  };
  for (const definition of supergraph.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    const typeName = definition.name.value;
    note(typeName, definition.directives as readonly ConstDirectiveNode[]);
    for (const member of membersOf(definition)) {
      const coordinate = `${typeName}.${member.name.value}`;
      note(coordinate, member.directives);
      const args = 'arguments' in member ? (member.arguments ?? []) : [];
      for (const { name, directives: applied } of args) note(`${coordinate}.${name.value}`, applied);
    }
  }
  return found;
}

function membersOf(definition: DefinitionNode) {
  switch (definition.kind) {
    case Kind.OBJECT_TYPE_DEFINITION:
    case Kind.INTERFACE_TYPE_DEFINITION:
    case Kind.INPUT_OBJECT_TYPE_DEFINITION:
      return definition.fields ?? [];
    case Kind.ENUM_TYPE_DEFINITION:
      return definition.values ?? [];
    default:
      return [];
  }
}

function fieldCount({ definitions }: DocumentNode): number {
  return definitions.reduce((sum, definition) => sum + membersOf(definition).length, 0);
}

function withoutCoordinates(document: DocumentNode, excluded: ReadonlySet<string>): DocumentNode {
  return keepMembers(document, {
    type: (typeName) => !excluded.has(typeName),
    member: (typeName, member) => !excluded.has(`${typeName}.${member}`),
    argument: (typeName, field, { name }) => !excluded.has(`${typeName}.${field}.${name.value}`),
  });
}

/** Drops what speaks of types that are gone, and types that have nothing left. */
function withoutDangling(document: DocumentNode): DocumentNode {
  const known = new Set(
    document.definitions.flatMap((it) => ('name' in it && it.name ? [it.name.value] : [])),
  );
  const isKnown = (type: TypeNode): boolean => {
    const name = namedType(type).name.value;
    return known.has(name) || BUILT_IN.has(name);
  };
  const kept = keepMembers(document, {
    type: () => true,
    member: (_typeName, _name, type) => type === undefined || isKnown(type),
    argument: (_typeName, _field, { type }) => isKnown(type),
  });
  return { ...kept, definitions: kept.definitions.filter((it) => !isEmpty(it)) };
}

const BUILT_IN: ReadonlySet<string> = new Set(['Int', 'Float', 'String', 'Boolean', 'ID']);

function isEmpty(definition: DefinitionNode): boolean {
  if (definition.kind === Kind.UNION_TYPE_DEFINITION) return definition.types?.length === 0;
  const hasMembers =
    definition.kind === Kind.OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.INTERFACE_TYPE_DEFINITION ||
    definition.kind === Kind.INPUT_OBJECT_TYPE_DEFINITION ||
    definition.kind === Kind.ENUM_TYPE_DEFINITION;
  return hasMembers && membersOf(definition).length === 0;
}

interface Keep {
  type(typeName: string): boolean;
  /** @param type - what the member is of; values of enums have none */
  member(typeName: string, name: string, type: TypeNode | undefined): boolean;
  argument(typeName: string, field: string, argument: InputValueDefinitionNode): boolean;
}

function keepMembers(document: DocumentNode, keep: Keep): DocumentNode {
  const known = new Set(
    document.definitions.flatMap((it) =>
      'name' in it && it.name && keep.type(it.name.value) ? [it.name.value] : [],
    ),
  );
  const isKnown = ({ name }: NamedTypeNode): boolean => known.has(name.value);
  const definitions = document.definitions.flatMap((definition): DefinitionNode[] => {
    if (!('name' in definition) || definition.name === undefined) return [definition];
    const typeName = definition.name.value;
    if (!keep.type(typeName)) return [];
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_DEFINITION: {
        const fields = (definition.fields ?? []).flatMap((field) => {
          const name = field.name.value;
          if (!keep.member(typeName, name, field.type)) return [];
          const gone = (field.arguments ?? []).filter((argument) => !keep.argument(typeName, name, argument));
          if (gone.some(isRequired)) return [];
          return [
            { ...field, arguments: (field.arguments ?? []).filter((argument) => !gone.includes(argument)) },
          ];
        });
        return [{ ...definition, fields, interfaces: (definition.interfaces ?? []).filter(isKnown) }];
      }
      case Kind.INPUT_OBJECT_TYPE_DEFINITION: {
        const fields = (definition.fields ?? []).filter(({ name, type }) =>
          keep.member(typeName, name.value, type),
        );
        return [{ ...definition, fields }];
      }
      case Kind.ENUM_TYPE_DEFINITION: {
        const values = (definition.values ?? []).filter(({ name }) =>
          keep.member(typeName, name.value, undefined),
        );
        return [{ ...definition, values }];
      }
      case Kind.UNION_TYPE_DEFINITION:
        return [{ ...definition, types: (definition.types ?? []).filter(isKnown) }];
      default:
        return [definition];
    }
  });
  return { ...document, definitions };
}

function isRequired({ type, defaultValue }: InputValueDefinitionNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE && defaultValue === undefined;
}

function namedType(type: TypeNode): NamedTypeNode {
  return type.kind === Kind.NAMED_TYPE ? type : namedType(type.type);
}
