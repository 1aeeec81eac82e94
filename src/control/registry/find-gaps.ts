import {
  type DocumentNode,
  type FieldDefinitionNode,
  type GraphQLSchema,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type ObjectTypeDefinitionNode,
  type ObjectTypeExtensionNode,
  type TypeNode,
} from 'graphql';
import { type AccessRequirements, accessRequirementsBy } from '../../supergraph/access-directives.ts';
import { directiveArguments } from '../../supergraph/directive-arguments.ts';
import { federationNames } from '../../supergraph/federation-names.ts';
import type { SchemaGap } from './change-analysis.ts';

export interface GapInput {
  /** What clients see now; undefined when nothing is served yet. */
  readonly before: GraphQLSchema | undefined;
  readonly after: GraphQLSchema;
  /** What the supergraph asks of callers after the change. */
  readonly access: AccessRequirements;
  /** The SDL that is about to be published. */
  readonly subgraph: DocumentNode;
}

const ACCESS_DIRECTIVES = ['authenticated', 'requiresScopes', 'policy'] as const;

type ObjectNode = ObjectTypeDefinitionNode | ObjectTypeExtensionNode;

/**
 * Finds what a subgraph leaves out of the fields that it adds: who may see a field of a private type, and how long
 * a list of objects is. What stood there before is not told again.
 */
export function findGaps(input: GapInput): SchemaGap[] {
  const names = federationNames(input.subgraph);
  const accessNames = new Set(ACCESS_DIRECTIVES.map(names));
  const own = accessRequirementsBy(input.subgraph, (name) => accessNames.has(name));
  const sized = sizedFields(input.subgraph, names('listSize'));
  const added = objectNodes(input.subgraph)
    .flatMap((type) => (type.fields ?? []).map((field) => ({ type, field })))
    .filter(({ type, field }) => isNewToClients(input, type.name.value, field.name.value))
    .filter(({ field }) => !hasDirective(field, names('external')));
  return added.flatMap(({ type, field }) => [
    ...accessGap(input, own, type, field, names('key')),
    ...sizeGap(input.after, sized, type, field, names('listSize')),
  ]);
}

function objectNodes(document: DocumentNode): ObjectNode[] {
  return document.definitions.filter(
    (node): node is ObjectNode =>
      node.kind === Kind.OBJECT_TYPE_DEFINITION || node.kind === Kind.OBJECT_TYPE_EXTENSION,
  );
}

function isNewToClients({ before, after }: GapInput, typeName: string, fieldName: string): boolean {
  return (
    fieldOf(after, typeName, fieldName) !== undefined && fieldOf(before, typeName, fieldName) === undefined
  );
}

function fieldOf(schema: GraphQLSchema | undefined, typeName: string, fieldName: string) {
  const type = schema?.getType(typeName);
  return isObjectType(type) || isInterfaceType(type) ? type.getFields()[fieldName] : undefined;
}

/**
 * A type is private when the supergraph guards it as a whole, or all of its other fields one by one. The subgraph
 * that adds a field to it must say so too: it is called directly by nobody but the gateway, yet it is the one that
 * knows its own SDL alone.
 */
function accessGap(
  { after, access }: GapInput,
  own: AccessRequirements,
  type: ObjectNode,
  field: FieldDefinitionNode,
  keyDirective: string,
): SchemaGap[] {
  const typeName = type.name.value;
  const coordinate = `${typeName}.${field.name.value}`;
  if (own.has(typeName) || own.has(coordinate) || keyFields(type, keyDirective).has(field.name.value))
    return [];
  const named = namedType(field.type);
  if (own.has(named)) return [];
  const guard = access.get(typeName) ?? guardOfSiblings(after, access, typeName, field.name.value);
  if (guard === undefined) return [];
  const message = `'${typeName}' is private (${guard}), and '${coordinate}' says nothing of who may see it: put ${guard} on it`;
  return [{ code: 'ACCESS_MISSING', coordinate, message, verdict: 'breaks' }];
}

/** What all other fields of a type ask for, keys apart; undefined when one of them is open. */
function guardOfSiblings(
  schema: GraphQLSchema,
  access: AccessRequirements,
  typeName: string,
  fieldName: string,
): string | undefined {
  const type = schema.getType(typeName);
  if (!isObjectType(type) || isRoot(schema, typeName)) return undefined;
  const siblings = Object.keys(type.getFields()).filter((name) => name !== fieldName && name !== 'id');
  const guards = siblings.map((name) => access.get(`${typeName}.${name}`));
  return guards.length > 0 && guards.every((guard) => guard !== undefined) ? guards[0] : undefined;
}

function isRoot(schema: GraphQLSchema, typeName: string): boolean {
  return [schema.getQueryType(), schema.getMutationType(), schema.getSubscriptionType()].some(
    (root) => root?.name === typeName,
  );
}

function keyFields({ directives = [] }: ObjectNode, keyDirective: string): ReadonlySet<string> {
  const fieldSets = directives
    .filter(({ name }) => name.value === keyDirective)
    .map((directive) => String(directiveArguments(directive).fields));
  return new Set(fieldSets.flatMap((text) => text.match(/\w+/g) ?? []));
}

/** Fields whose length the field above them states: `sizedFields` of `@listSize`. */
function sizedFields(document: DocumentNode, directive: string): ReadonlySet<string> {
  return new Set(
    objectNodes(document)
      .flatMap(({ fields = [] }) => fields)
      .flatMap((field) =>
        (field.directives ?? [])
          .filter(({ name }) => name.value === directive)
          .flatMap((given) => (directiveArguments(given).sizedFields ?? []) as readonly string[])
          .map((child) => `${namedType(field.type)}.${child}`),
      ),
  );
}

function sizeGap(
  schema: GraphQLSchema,
  sized: ReadonlySet<string>,
  type: ObjectNode,
  field: FieldDefinitionNode,
  directive: string,
): SchemaGap[] {
  const coordinate = `${type.name.value}.${field.name.value}`;
  if (!isList(field.type) || !isCompositeType(schema.getType(namedType(field.type)))) return [];
  if (hasDirective(field, directive) || sized.has(coordinate)) return [];
  const message = `'${coordinate}' is a list without a size: its cost is counted for 10 entries; say how many with @listSize`;
  return [{ code: 'SIZE_MISSING', coordinate, message, verdict: 'warns' }];
}

function isList(type: TypeNode): boolean {
  return type.kind === Kind.NON_NULL_TYPE ? isList(type.type) : type.kind === Kind.LIST_TYPE;
}

function namedType(type: TypeNode): string {
  return type.kind === Kind.NAMED_TYPE ? type.name.value : namedType(type.type);
}

function hasDirective({ directives = [] }: FieldDefinitionNode, name: string): boolean {
  return directives.some((directive) => directive.name.value === name);
}
