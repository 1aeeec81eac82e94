import { type GraphQLSchema, isAbstractType, isInterfaceType, isObjectType } from 'graphql';

/**
 * Whether a type condition holds for an object of a type: the same type, or one of its interfaces or unions.
 * The type may be an interface itself: a subgraph with an interface object knows no more exact name.
 */
export function doesTypeConditionHold(schema: GraphQLSchema, condition: string, typename: string): boolean {
  if (condition === typename) return true;
  const conditionType = schema.getType(condition);
  const type = schema.getType(typename);
  return (
    isAbstractType(conditionType) &&
    (isObjectType(type) || isInterfaceType(type)) &&
    schema.isSubType(conditionType, type)
  );
}
