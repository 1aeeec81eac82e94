import { type ConstDirectiveNode, type DocumentNode, Kind, print } from 'graphql';
import { ACCESS_FEATURES, linkedFeatures } from './linked-features.ts';

/**
 * What a supergraph asks of callers, by coordinate: `Holding` or `Query.me` → its access directives, one line, in
 * alphabetical order. A coordinate that asks for nothing is absent.
 */
export type AccessRequirements = ReadonlyMap<string, string>;

/** Reads the access directives (`@authenticated`, `@requiresScopes`, `@policy`) of types and fields. */
export function readAccessRequirements(supergraph: DocumentNode): AccessRequirements {
  const names = new Set(
    linkedFeatures(supergraph)
      .filter(({ name }) => ACCESS_FEATURES.has(name))
      .flatMap(({ localNames }) => localNames),
  );
  return accessRequirementsBy(supergraph, (name) => names.has(name));
}

/**
 * Reads access directives under the names that a document has for them.
 *
 * @param isAccessDirective - whether a directive of this name guards what it stands on
 */
export function accessRequirementsBy(
  document: DocumentNode,
  isAccessDirective: (name: string) => boolean,
): AccessRequirements {
  const requirements = new Map<string, string>();
  const note = (coordinate: string, directives: readonly ConstDirectiveNode[] | undefined): void => {
    const found = (directives ?? [])
      .filter(({ name }) => isAccessDirective(name.value))
      .map((it) => print(it));
    if (found.length > 0) requirements.set(coordinate, found.sort().join(' '));
  };
  for (const definition of document.definitions) {
    switch (definition.kind) {
      case Kind.OBJECT_TYPE_DEFINITION:
      case Kind.OBJECT_TYPE_EXTENSION:
      case Kind.INTERFACE_TYPE_DEFINITION:
      case Kind.INTERFACE_TYPE_EXTENSION:
        note(definition.name.value, definition.directives);
        for (const field of definition.fields ?? []) {
          note(`${definition.name.value}.${field.name.value}`, field.directives);
        }
        break;
      case Kind.SCALAR_TYPE_DEFINITION:
      case Kind.ENUM_TYPE_DEFINITION:
        note(definition.name.value, definition.directives);
    }
  }
  return requirements;
}
