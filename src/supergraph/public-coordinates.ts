import {
  type ConstDirectiveNode,
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
  Kind,
} from 'graphql';
import { ACCESS_FEATURES, linkedFeatures } from './linked-features.ts';

/** Which parts of a supergraph are open to everybody. */
export interface PublicCoordinates {
  /**
   * Whether a field and what it returns are without access directives. For a field of an abstract type all of its
   * possible types count.
   */
  isPublicField(typeName: string, fieldName: string): boolean;
  /** Whether a type itself is without access directives. */
  isPublicType(typeName: string): boolean;
}

/**
 * Reads which coordinates carry no access directive (`@authenticated`, `@requiresScopes`, `@policy`).
 *
 * @param document - the supergraph with its access directives
 * @param schema - the same supergraph as a schema; the directives may be missing there
 */
export function readPublicCoordinates(document: DocumentNode, schema: GraphQLSchema): PublicCoordinates {
  const names = new Set(
    linkedFeatures(document)
      .filter(({ name }) => ACCESS_FEATURES.has(name))
      .flatMap(({ localNames }) => localNames),
  );
  const isGuarded = (directives: readonly ConstDirectiveNode[] | undefined): boolean =>
    directives?.some(({ name }) => names.has(name.value)) ?? false;
  const guardedTypes = new Set<string>();
  const guardedFields = new Set<string>();
  for (const definition of document.definitions) {
    if (!('name' in definition) || definition.name === undefined || !('directives' in definition)) continue;
    if (definition.kind === Kind.OPERATION_DEFINITION || definition.kind === Kind.FRAGMENT_DEFINITION)
      continue;
    const typeName = definition.name.value;
    if (isGuarded(definition.directives)) guardedTypes.add(typeName);
    if (!('fields' in definition)) continue;
    for (const field of definition.fields ?? []) {
      if (isGuarded(field.directives)) guardedFields.add(`${typeName}.${field.name.value}`);
    }
  }

  const isPublicHere = (typeName: string, fieldName: string): boolean => {
    if (guardedTypes.has(typeName) || guardedFields.has(`${typeName}.${fieldName}`)) return false;
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return true;
    const field = type.getFields()[fieldName];
    return field === undefined || !guardedTypes.has(getNamedType(field.type).name);
  };

  return {
    isPublicType: (typeName) => !guardedTypes.has(typeName),
    isPublicField(typeName, fieldName) {
      const type = schema.getType(typeName);
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
      return [typeName, ...possible].every((name) => isPublicHere(name, fieldName));
    },
  };
}
