import { type DocumentNode, type GraphQLSchema, Kind } from 'graphql';
import { aliasConflictingFields } from './alias-conflicting-fields.ts';
import { mutationsForPlanner } from './mutations-for-planner.ts';
import type { OperationConditions } from './operation-conditions.ts';
import { type OperationInDocument, resolveConditions, selectTypenames } from './resolve-conditions.ts';

/** An operation as the engine runs it, and as the planner is told of it. */
export interface PlannableOperation extends OperationInDocument {
  /** The client's response name of each private alias of the document. */
  readonly responseNames: ReadonlyMap<string, string>;
  /** What the planner is given; undefined when no subgraph has to be asked. */
  readonly planned: DocumentNode | undefined;
}

/**
 * Works around what the planner gets wrong: conditions, fields that conflict with what subgraphs need, the order of
 * mutations. What is in no need of it stays the same object.
 *
 * @param source - valid against the API schema
 * @param values - of the operation's conditions
 */
export function preparePlanning(
  source: OperationInDocument,
  conditions: OperationConditions,
  values: string,
  supergraphSchema: GraphQLSchema,
): PlannableOperation {
  const resolved = resolveConditions(source, conditions, values);
  const { document, responseNames } = aliasConflictingFields(resolved.document, supergraphSchema);
  const index = resolved.document.definitions.indexOf(resolved.operation);
  const operation = document.definitions[index] as OperationInDocument['operation'];
  return {
    document,
    operation,
    responseNames,
    planned: isAnsweredHere(operation) ? undefined : mutationsForPlanner(selectTypenames(document)),
  };
}

/** Whether nothing but the schema and the root's name is asked for. */
function isAnsweredHere({ selectionSet }: OperationInDocument['operation']): boolean {
  return selectionSet.selections.every(
    (selection) => selection.kind === Kind.FIELD && selection.name.value.startsWith('__'),
  );
}
