import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import type { ErrorPath } from './operation-run.ts';

/** The response names of a selection set, whatever type they are selected on. */
interface ClientNames {
  readonly name: string;
  readonly children: Map<string, ClientNames>;
}

/** Turns paths of the plan into paths of the client's response. */
export interface ClientPaths {
  /**
   * Private aliases become the client's names. A path that leads to a field which only the gateway asked for (a key,
   * something that is required) ends at the last place that the client knows.
   */
  toClient(path: ErrorPath): ErrorPath;
}

/** @param responseNames - the client's response name of each private alias */
export function compileClientPaths(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  responseNames: ReadonlyMap<string, string>,
): ClientPaths {
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map(({ name, selectionSet }) => [name.value, selectionSet]),
  );
  const collect = (selectionSet: SelectionSetNode, into: Map<string, ClientNames>): void => {
    for (const selection of selectionSet.selections) {
      if (selection.kind !== Kind.FIELD) {
        const inner =
          selection.kind === Kind.INLINE_FRAGMENT
            ? selection.selectionSet
            : fragments.get(selection.name.value);
        if (inner !== undefined) collect(inner, into);
        continue;
      }
      const planned = (selection.alias ?? selection.name).value;
      let names = into.get(planned);
      if (names === undefined) {
        names = { name: responseNames.get(planned) ?? planned, children: new Map() };
        into.set(planned, names);
      }
      if (selection.selectionSet !== undefined) collect(selection.selectionSet, names.children);
    }
  };
  // Errors are rare and documents many: nothing is collected before the first error.
  let root: Map<string, ClientNames> | undefined;
  return {
    toClient(path) {
      if (root === undefined) {
        root = new Map();
        collect(operation.selectionSet, root);
      }
      let known: ReadonlyMap<string, ClientNames> = root;
      const result: (string | number)[] = [];
      for (const step of path) {
        if (typeof step === 'number') {
          result.push(step);
          continue;
        }
        const names = known.get(step);
        if (names === undefined) break;
        result.push(names.name);
        known = names.children;
      }
      return result;
    },
  };
}
