import {
  type DirectiveNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionSetNode,
} from 'graphql';
import { isIncluded, type OperationConditions } from './operation-conditions.ts';
import type { ErrorPath } from './operation-run.ts';

/** A response name, whatever type it is selected on. */
interface ClientName {
  readonly name: string;
  /** The directives around each place where it is selected: their `@skip` and `@include` decide. */
  readonly directives: (readonly DirectiveNode[])[];
  readonly children: Map<string, ClientName>;
}

/** Turns paths of the plan into paths of the client's response. */
export interface ClientPaths {
  /**
   * Private aliases become the client's names. A path that leads to a field which only the gateway asked for (a key,
   * something that is required) ends at the last place that the client knows.
   *
   * @param conditions - what `OperationConditions.evaluate` says of the request
   * @returns undefined when the client skipped the field: nobody misses it
   */
  toClient(path: ErrorPath, conditions: string): ErrorPath | undefined;
}

/** Lists in lists are never nested this deep; a path with more indexes in a row leads nowhere. */
const MAX_LIST_DEPTH = 8;

/** @param responseNames - the client's response name of each private alias */
export function compileClientPaths(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  responseNames: ReadonlyMap<string, string>,
  operationConditions: OperationConditions,
): ClientPaths {
  // Errors are rare and documents many: nothing is collected before the first error.
  let root: ReadonlyMap<string, ClientName> | undefined;
  return {
    toClient(path, conditions) {
      root ??= collectNames(document, operation, responseNames);
      const isTrue = (variable: string) => operationConditions.isTrue(variable, conditions);
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
        if (!names.directives.some((directives) => isIncluded(directives, { isTrue }))) return undefined;
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
  const fragments = new Map(
    document.definitions
      .filter((definition) => definition.kind === Kind.FRAGMENT_DEFINITION)
      .map(({ name, selectionSet }) => [name.value, selectionSet]),
  );
  const collect = (
    { selections }: SelectionSetNode,
    around: readonly DirectiveNode[],
    into: Map<string, ClientName>,
  ): void => {
    for (const selection of selections) {
      const directives = [...around, ...(selection.directives ?? [])];
      if (selection.kind === Kind.FRAGMENT_SPREAD) {
        const inner = fragments.get(selection.name.value);
        if (inner !== undefined) collect(inner, directives, into);
        continue;
      }
      if (selection.kind === Kind.INLINE_FRAGMENT) {
        collect(selection.selectionSet, directives, into);
        continue;
      }
      const planned = (selection.alias ?? selection.name).value;
      let name = into.get(planned);
      if (name === undefined) {
        name = { name: responseNames.get(planned) ?? planned, directives: [], children: new Map() };
        into.set(planned, name);
      }
      name.directives.push(directives);
      if (selection.selectionSet !== undefined) collect(selection.selectionSet, [], name.children);
    }
  };
  const names = new Map<string, ClientName>();
  collect(operation.selectionSet, [], names);
  return names;
}
