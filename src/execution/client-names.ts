import { type DocumentNode, Kind, type OperationDefinitionNode, type SelectionSetNode } from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';
import type { ErrorPath } from './operation-run.ts';

/** A response name, whatever type it is selected on. */
interface ClientName {
  readonly name: string;
  readonly children: Map<string, ClientName>;
}

/** Turns paths of the plan into paths of the client's response. */
export interface ClientPaths {
  /**
   * Private aliases become the client's names. A path that leads to a field which only the gateway asked for (a key,
   * something that is required) ends at the last place that the client knows.
   */
  toClient(path: ErrorPath): ErrorPath;
}

/** Lists in lists are never nested this deep; a path with more indexes in a row leads nowhere. */
const MAX_LIST_DEPTH = 8;

/** @param responseNames - the client's response name of each private alias */
export function compileClientPaths(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  responseNames: ReadonlyMap<string, string>,
): ClientPaths {
  // Errors are rare and documents many: nothing is collected before the first error.
  let root: ReadonlyMap<string, ClientName> | undefined;
  return {
    toClient(path) {
      root ??= collectNames(document, operation, responseNames);
      let known = root;
      const result: (string | number)[] = [];
      let indexes = 0;
      for (const step of path) {
        if (typeof step === 'number') {
          indexes += 1;
          if (indexes > MAX_LIST_DEPTH) break;
          result.push(step);
          continue;
        }
        indexes = 0;
        const names = known.get(step);
        if (names === undefined) break;
        result.push(names.name);
        known = names.children;
      }
      return result;
    },
  };
}

function collectNames(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  responseNames: ReadonlyMap<string, string>,
): ReadonlyMap<string, ClientName> {
  const fragments = fragmentsOf(document);
  const collect = ({ selections }: SelectionSetNode, into: Map<string, ClientName>): void => {
    for (const selection of selections) {
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const fragment = fragments.get(selection.name.value);
        if (fragment !== undefined) collect(fragment.selectionSet, into);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, into);
        continue;
      }
      const planned = (selection.alias ?? selection.name).value;
      let name = into.get(planned);
      if (name === undefined) {
        name = { name: responseNames.get(planned) ?? planned, children: new Map() };
        into.set(planned, name);
      }
      if (selection.selectionSet !== undefined) collect(selection.selectionSet, name.children);
    }
  };
  const names = new Map<string, ClientName>();
  collect(operation.selectionSet, names);
  return names;
}
