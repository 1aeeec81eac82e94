import type { GraphQLInterfaceType, GraphQLSchema } from 'graphql';
import type { AccessRequirement, RequiredAccess } from '../supergraph/required-access.ts';

const FEATURES = ['authenticated', 'scopes', 'policies'] as const;

/**
 * What the access directives of an interface ask of those that implement it.
 *
 * Composition writes the requirements of all implementing types to their interface as well, joined by "and"; what
 * came from there holds for the type that has it alone. A directive that no implementing type has was written at
 * the interface itself, so it holds for all of them.
 */
export function interfaceRequirement(
  requirements: RequiredAccess,
  schema: GraphQLSchema,
  type: GraphQLInterfaceType,
  fieldName: string,
): AccessRequirement | undefined {
  if (type.getFields()[fieldName] === undefined) return undefined;
  const ofType = declared(requirements, schema, type, (name) => name);
  const ofField = declared(requirements, schema, type, (name) => `${name}.${fieldName}`);
  return {
    authenticated: ofType.authenticated || ofField.authenticated,
    scopes: [...ofType.scopes, ...ofField.scopes],
    policies: [...ofType.policies, ...ofField.policies],
  };
}

function declared(
  requirements: RequiredAccess,
  schema: GraphQLSchema,
  type: GraphQLInterfaceType,
  coordinateOf: (typeName: string) => string,
): AccessRequirement {
  const own = requirements.get(coordinateOf(type.name));
  const declaredHere: AccessRequirement = { authenticated: false, scopes: [], policies: [] };
  if (own === undefined) return declaredHere;
  const { objects, interfaces } = schema.getImplementations(type);
  const implementing = [...objects, ...interfaces].map(({ name }) => requirements.get(coordinateOf(name)));
  const isMerged = (feature: (typeof FEATURES)[number]) =>
    implementing.some((requirement) => has(requirement, feature));
  return {
    authenticated: own.authenticated && !isMerged('authenticated'),
    scopes: isMerged('scopes') ? [] : own.scopes,
    policies: isMerged('policies') ? [] : own.policies,
  };
}

function has(requirement: AccessRequirement | undefined, feature: (typeof FEATURES)[number]): boolean {
  const value = requirement?.[feature];
  return typeof value === 'boolean' ? value : (value?.length ?? 0) > 0;
}
