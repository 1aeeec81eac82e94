import { type DocumentNode, getLocation, Kind, type NameNode, specifiedScalarTypes } from 'graphql';
import type { CompositionRemark } from './composition-outcome.ts';

const DEFINITIONS: ReadonlySet<string> = new Set([
  Kind.SCALAR_TYPE_DEFINITION,
  Kind.OBJECT_TYPE_DEFINITION,
  Kind.INTERFACE_TYPE_DEFINITION,
  Kind.UNION_TYPE_DEFINITION,
  Kind.ENUM_TYPE_DEFINITION,
  Kind.INPUT_OBJECT_TYPE_DEFINITION,
]);
const BUILT_IN_SCALARS: ReadonlySet<string> = new Set(specifiedScalarTypes.map(({ name }) => name));

/**
 * Finds what a subgraph defines although GraphQL itself does: built-in scalars, and names that begin with two
 * underscores, which belong to introspection. Composition takes them without a word.
 *
 * @see https://spec.graphql.org/draft/#sec-Names.Reserved-Names
 */
export function reservedNames(subgraph: string, document: DocumentNode): CompositionRemark[] {
  const names = document.definitions.flatMap((definition): NameNode[] => {
    if (!('name' in definition) || definition.name === undefined) return [];
    const isScalar = BUILT_IN_SCALARS.has(definition.name.value);
    const own = DEFINITIONS.has(definition.kind) && isScalar ? [definition.name] : [];
    const fields = 'fields' in definition ? (definition.fields ?? []).map(({ name }) => name) : [];
    const reserved = [definition.name, ...fields].filter(({ value }) => value.startsWith('__'));
    return [...own, ...reserved];
  });
  return names.map(({ value, loc }) => {
    const place = loc === undefined ? undefined : getLocation(loc.source, loc.start);
    return {
      code: 'RESERVED_NAME',
      message: `"${value}" belongs to GraphQL itself; a subgraph cannot define it`,
      places: [
        place === undefined
          ? { subgraph }
          : { subgraph, location: `${loc?.source.name}:${place.line}:${place.column}` },
      ],
    };
  });
}
