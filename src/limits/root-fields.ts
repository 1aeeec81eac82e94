import type { DocumentNode, GraphQLSchema, OperationDefinitionNode } from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';
import { collectOccurrences } from './cost/collect-occurrences.ts';
import { either, type Inclusion } from './cost/inclusion.ts';
import { VariableReader } from './cost/variable-reader.ts';

/** A root field as an operation asks for it: once for each key of the answer. */
export interface RootField {
  /** `Type.field`. */
  readonly coordinate: string;
  readonly responseKey: string;
  readonly inclusion: Inclusion;
}

/**
 * Lists the root fields of an operation, fragments followed. What is selected twice under one key is asked once.
 *
 * @param operation - one whose expanded selections were counted: see `enforceStructure`
 */
export function readRootFields(
  schema: GraphQLSchema,
  document: DocumentNode,
  operation: OperationDefinitionNode,
): readonly RootField[] {
  const type = schema.getRootType(operation.operation);
  if (type == null) return [];
  const fragments = fragmentsOf(document);
  const scope = { schema, fragments, variables: new VariableReader(operation), spend: () => {} };
  const source = { selectionSet: operation.selectionSet, type, inclusion: true } as const;
  return [...collectOccurrences(scope, [type.name], [source])].flatMap(([responseKey, places]) => {
    const [first, ...more] = places;
    if (first === undefined) return [];
    const coordinate = `${type.name}.${first.node.name.value}`;
    const inclusion = more.reduce((so, place) => either(so, place.inclusion), first.inclusion);
    return [{ coordinate, responseKey, inclusion }];
  });
}
