import type { QueryPlanSelectionNode } from '@apollo/query-planner';
import {
  type FragmentDefinitionNode,
  type GraphQLSchema,
  getNamedType,
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

/** Decides whom a fetch is made for: `public` only when all that it selects and requires is open to everybody. */
export function fetchAudience(
  { operation, fragments, requires }: AudienceSource,
  coordinates: PublicCoordinates,
  schema: GraphQLSchema,
): Audience {
  const fieldTypeName = (typeName: string, fieldName: string): string | undefined => {
    const type = schema.getType(typeName);
    if (!isObjectType(type) && !isInterfaceType(type)) return undefined;
    const field = type.getFields()[fieldName];
    return field === undefined ? undefined : getNamedType(field.type).name;
  };

  const isPublicField = (typeName: string, fieldName: string): boolean =>
    fieldName === '__typename' || coordinates.isPublicField(typeName, fieldName);

  const isPublicSelection = (typeName: string, { selections }: SelectionSetNode): boolean =>
    selections.every((selection) => {
      switch (selection.kind) {
        case Kind.FIELD: {
          const fieldName = selection.name.value;
          // `_entities` stands in no supergraph; what is asked of the entities says it all.
          if (fieldName === '_entities') return isPublicSelection('_Entity', selection.selectionSet ?? EMPTY);
          if (!isPublicField(typeName, fieldName)) return false;
          if (selection.selectionSet === undefined) return true;
          const inner = fieldTypeName(typeName, fieldName);
          return inner !== undefined && isPublicSelection(inner, selection.selectionSet);
        }
        case Kind.INLINE_FRAGMENT: {
          const inner = selection.typeCondition?.name.value ?? typeName;
          return coordinates.isPublicType(inner) && isPublicSelection(inner, selection.selectionSet);
        }
        default: {
          const fragment = fragments.get(selection.name.value);
          if (fragment === undefined) return false;
          const inner = fragment.typeCondition.name.value;
          return coordinates.isPublicType(inner) && isPublicSelection(inner, fragment.selectionSet);
        }
      }
    });

  const isPublicInput = (
    typeName: string | undefined,
    selections: readonly QueryPlanSelectionNode[],
  ): boolean =>
    selections.every((selection) => {
      if (selection.kind === 'InlineFragment') {
        const inner = selection.typeCondition ?? typeName;
        return (
          inner !== undefined && coordinates.isPublicType(inner) && isPublicInput(inner, selection.selections)
        );
      }
      if (typeName === undefined || !isPublicField(typeName, selection.name)) return false;
      if (selection.selections === undefined) return true;
      return isPublicInput(fieldTypeName(typeName, selection.name), selection.selections);
    });

  const rootName = schema[ROOT_TYPES[operation.operation]]()?.name ?? 'Query';
  const isPublic =
    isPublicSelection(rootName, operation.selectionSet) && isPublicInput(undefined, requires ?? []);
  return isPublic ? 'public' : 'caller';
}

const EMPTY: SelectionSetNode = { kind: Kind.SELECTION_SET, selections: [] };
