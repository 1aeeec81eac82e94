import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
  type InlineFragmentNode,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  OperationTypeNode,
  type SelectionSetNode,
} from 'graphql';
import type { PublicCoordinates } from '../supergraph/public-coordinates.ts';
import type { Audience } from '../transport/fetch-call.ts';

/** What a fetch asks for, as far as its audience depends on it. */
export interface AudienceSource {
  readonly operation: OperationDefinitionNode;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  /** What representations are made of; undefined for root fields. */
  readonly requires: readonly QueryPlanSelectionNode[] | undefined;
}

const ROOT_TYPES = {
  [OperationTypeNode.QUERY]: 'getQueryType',
  [OperationTypeNode.MUTATION]: 'getMutationType',
  [OperationTypeNode.SUBSCRIPTION]: 'getSubscriptionType',
} as const;

/** Whom a fetch is made for, and why. */
export interface FetchAudience {
  readonly audience: Audience;
  /** The coordinates that are not open to everybody; empty for a public fetch. */
  readonly privateCoordinates: readonly string[];
}

/** Decides whom a fetch is made for: `public` only when all that it selects and requires is open to everybody. */
export function fetchAudience(
  { operation, fragments, requires }: AudienceSource,
  coordinates: PublicCoordinates,
  schema: GraphQLSchema,
): FetchAudience {
  const privateCoordinates = new Set<string>();

  const noteField = (typeName: string, fieldName: string): void => {
    if (fieldName !== '__typename' && !coordinates.isPublicField(typeName, fieldName))
      privateCoordinates.add(`${typeName}.${fieldName}`);
  };

  const noteType = (typeName: string): void => {
    if (!coordinates.isPublicType(typeName)) privateCoordinates.add(typeName);
  };

  /** What is inside a field; what cannot be found is not taken for public. */
  const noteInside = (typeName: string, fieldName: string, note: (innerTypeName: string) => void): void => {
    const inner = fieldTypeName(schema, typeName, fieldName);
    if (inner === undefined) privateCoordinates.add(`${typeName}.${fieldName}`);
    else note(inner);
  };

  const noteSelections = (typeName: string, { selections }: SelectionSetNode): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) noteSelectedField(typeName, selection);
      else if (selection.kind === Kind.INLINE_FRAGMENT) noteFragment(typeName, selection);
      else {
        const fragment = fragments.get(selection.name.value);
        if (fragment === undefined) privateCoordinates.add(selection.name.value);
        else noteFragment(typeName, fragment);
      }
    }
  };

  const noteSelectedField = (typeName: string, { name, selectionSet = EMPTY }: FieldNode): void => {
    // `_entities` stands in no supergraph; what is asked of the entities says it all.
    if (name.value === '_entities') noteSelections(ENTITY, selectionSet);
    else {
      noteField(typeName, name.value);
      if (selectionSet !== EMPTY)
        noteInside(typeName, name.value, (inner) => noteSelections(inner, selectionSet));
    }
  };

  const noteFragment = (
    typeName: string,
    { typeCondition, selectionSet }: InlineFragmentNode | FragmentDefinitionNode,
  ): void => {
    const inner = typeCondition?.name.value ?? typeName;
    noteType(inner);
    noteSelections(inner, selectionSet);
  };

  const noteInput = (typeName: string | undefined, selections: readonly QueryPlanSelectionNode[]): void => {
    for (const selection of selections) {
      if (selection.kind === 'InlineFragment') {
        const inner = selection.typeCondition ?? typeName;
        if (inner === undefined) privateCoordinates.add(ENTITY);
        else {
          noteType(inner);
          noteInput(inner, selection.selections);
        }
        continue;
      }
      const { name, selections: within } = selection;
      if (typeName === undefined) {
        privateCoordinates.add(`${ENTITY}.${name}`);
        continue;
      }
      noteField(typeName, name);
      if (within !== undefined) noteInside(typeName, name, (inner) => noteInput(inner, within));
    }
  };

  noteSelections(schema[ROOT_TYPES[operation.operation]]()?.name ?? 'Query', operation.selectionSet);
  noteInput(undefined, requires ?? []);
  return {
    audience: privateCoordinates.size === 0 ? 'public' : 'caller',
    privateCoordinates: [...privateCoordinates],
  };
}

/** The type that stands for every entity, in subgraphs alone. */
const ENTITY = '_Entity';
const EMPTY: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };

function fieldTypeName(schema: GraphQLSchema, typeName: string, fieldName: string): string | undefined {
  const type = schema.getType(typeName);
  if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
  const field = type.getFields()[fieldName];
  return field === undefined ? undefined : getNamedType(field.type).name;
}
