import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';

type Path = readonly (string | number)[];

/** The root of an entity fetch. */
const ENTITIES = '_entities';

/**
 * The paths, as the subgraph would have written them, of every top-level field of a fetch: where errors belong when
 * the fetch brought nothing at all.
 *
 * A root fetch has one path for each root field. An entity fetch has one for each representation and each field that
 * is selected on the type of that representation.
 *
 * @param document - the operation that was sent
 * @param representations - the representations that were sent, for an entity fetch
 */
export function fetchResponsePaths(
  document: DocumentNode,
  representations: readonly unknown[] | undefined,
): Path[] {
  const operation = document.definitions.find((definition) => definition.kind === Kind.OPERATION_DEFINITION);
  if (operation === undefined) return [];
  const fragments = fragmentsOf(document);
  const entities = operation.selectionSet.selections.find(
    (selection): selection is FieldNode => selection.kind === Kind.FIELD && selection.name.value === ENTITIES,
  );
  if (
    operation.operation !== OperationTypeNode.QUERY ||
    entities?.selectionSet === undefined ||
    representations === undefined
  ) {
    return [...responseNames(operation.selectionSet, undefined, fragments)].map((name) => [name]);
  }
  const { selectionSet } = entities;
  const namesByType = new Map<unknown, ReadonlySet<string>>();
  return representations.flatMap((representation, index) => {
    const typename = (representation as { __typename?: unknown }).__typename;
    let names = namesByType.get(typename);
    if (names === undefined) {
      names = responseNames(selectionSet, typename, fragments);
      namesByType.set(typename, names);
    }
    return [...names].map((name) => [ENTITIES, index, name]);
  });
}

/** The response names of the fields of a selection set, `__typename` left out; fragments count for their own type. */
function responseNames(
  selectionSet: SelectionSetNode,
  typename: unknown,
  fragments: ReadonlyMap<string, FragmentDefinitionNode>,
): Set<string> {
  const names = new Set<string>();
  const collect = (selection: SelectionNode): void => {
    if (selection.kind === Kind.FIELD) {
      if (selection.name.value !== '__typename') names.add((selection.alias ?? selection.name).value);
      return;
    }
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      fragments.get(selection.name.value)?.selectionSet.selections.forEach(collect);
      return;
    }
    const condition = selection.typeCondition?.name.value;
    if (typename === undefined || condition === undefined || condition === typename) {
      selection.selectionSet.selections.forEach(collect);
    }
  };
  selectionSet.selections.forEach(collect);
  return names;
}
