import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLObjectType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';
import type { CompiledRules } from './compile-rules.ts';
import type { Guard } from './guard.ts';

/** A field of an operation with the guard that it has for objects of one type. */
export interface GuardedField {
  readonly guard: Guard;
  readonly type: GraphQLObjectType;
  readonly field: FieldNode;
}

/** What of an operation is guarded. */
export interface OperationGuards {
  /** Guards that say the same to all callers of a class, each once. */
  readonly byClass: readonly Guard[];
  /** Fields whose guard has to be asked for each request. */
  readonly byRequest: readonly GuardedField[];
}

/** Finds the guards of all fields that an operation selects; a field of an abstract type has one for each object type. */
export function findGuards(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  rules: CompiledRules,
): OperationGuards {
  const fragments = fragmentsOf(document);
  const byClass = new Set<Guard>();
  const byRequest: GuardedField[] = [];
  const visited = new Set<FragmentDefinitionNode>();

  const visitField = (field: FieldNode, parent: GraphQLCompositeType): void => {
    const name = field.name.value;
    const defined = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    if (defined === undefined) return;
    for (const type of isAbstractType(parent) ? schema.getPossibleTypes(parent) : [parent]) {
      const guard = rules.guardOf(type.name, name);
      if (guard?.isPerRequest === true) byRequest.push({ guard, type, field });
      else if (guard !== undefined) byClass.add(guard);
    }
    const inner = getNamedType(defined.type);
    if (field.selectionSet !== undefined && isCompositeType(inner)) visitSelection(field.selectionSet, inner);
  };

  const visitSelection = ({ selections }: SelectionSetNode, parent: GraphQLCompositeType): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FIELD) {
        visitField(selection, parent);
        continue;
      }
      const fragment =
        selection.kind === Kind.FRAGMENT_SPREAD ? fragments.get(selection.name.value) : selection;
      if (fragment?.kind === Kind.FRAGMENT_DEFINITION) {
        if (visited.has(fragment)) continue;
        visited.add(fragment);
      }
      const type = schema.getType(fragment?.typeCondition?.name.value ?? parent.name);
      if (fragment !== undefined && isCompositeType(type)) visitSelection(fragment.selectionSet, type);
    }
  };

  visitSelection(operation.selectionSet, schema.getRootType(operation.operation) as GraphQLObjectType);
  return { byClass: [...byClass], byRequest };
}
