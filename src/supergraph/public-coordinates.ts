import {
  type DocumentNode,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isInterfaceType,
  isObjectType,
} from 'graphql';
import { readInternalFields } from './internal-fields.ts';
import { readRequiredAccess } from './required-access.ts';

/** Which parts of a supergraph are open to everybody. */
export interface PublicCoordinates {
  /**
   * Whether a field and what it returns are without access directives, and the gateway does not answer it itself. For a field of an abstract type all of its
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
 * @param privateFields - fields that are not public for another reason, as `Type.field`
 */
export function readPublicCoordinates(
  document: DocumentNode,
  schema: GraphQLSchema,
  privateFields: ReadonlySet<string> = new Set(),
): PublicCoordinates {
  const guarded = readRequiredAccess(document);
  const internal = new Set(readInternalFields(document).map(({ coordinate }) => coordinate));

  const isPublicHere = (typeName: string, fieldName: string): boolean => {
    const coordinate = `${typeName}.${fieldName}`;
    if (guarded.has(typeName) || guarded.has(coordinate) || privateFields.has(coordinate)) return false;
    if (internal.has(coordinate)) return false;
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return true;
    const field = type.getFields()[fieldName];
    return field === undefined || !guarded.has(getNamedType(field.type).name);
  };

  return {
    isPublicType: (typeName) => !guarded.has(typeName),
    isPublicField(typeName, fieldName) {
      const type = schema.getType(typeName);
      const possible = isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [];
      return [typeName, ...possible].every((name) => isPublicHere(name, fieldName));
    },
  };
}
