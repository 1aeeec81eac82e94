import {
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  isAbstractType,
  isCompositeType,
  Kind,
  type SelectionSetNode,
} from 'graphql';
import { both, type Inclusion, readInclusion } from './inclusion.ts';
import type { VariableReader } from './variable-reader.ts';

/** A set of fields selected of a type, and when. */
export interface SelectionSource {
  readonly selectionSet: SelectionSetNode;
  readonly type: GraphQLCompositeType;
  readonly inclusion: Inclusion;
}

/** A place where an operation selects a field. */
export interface Occurrence {
  readonly node: FieldNode;
  readonly inclusion: Inclusion;
  /** The object types that it is selected of; of all that are possible there when undefined. */
  readonly only: ReadonlySet<string> | undefined;
}

/** What collecting needs to know of an operation. */
export interface OperationScope {
  readonly schema: GraphQLSchema;
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: VariableReader;
  /** Called for each occurrence: throws when there are too many. */
  readonly spend: () => void;
}

/** The names of the object types that a value of a type may have. */
export function possibleTypes(schema: GraphQLSchema, type: GraphQLCompositeType): readonly string[] {
  return isAbstractType(type) ? schema.getPossibleTypes(type).map(({ name }) => name) : [type.name];
}

/**
 * Lists where fields are selected, fragments followed, by their key in the answer.
 *
 * @param types - the object types that are possible here
 */
export function collectOccurrences(
  scope: OperationScope,
  types: readonly string[],
  sources: readonly SelectionSource[],
): ReadonlyMap<string, readonly Occurrence[]> {
  const { schema, fragments, variables, spend } = scope;
  const found = new Map<string, Occurrence[]>();
  // A fragment that is spread again without a condition adds nothing.
  const spread = new Set<string>();

  function add(source: SelectionSource, only: ReadonlySet<string> | undefined): void {
    for (const selection of source.selectionSet.selections) {
      const own = readInclusion(selection.directives, variables);
      if (own === undefined) continue;
      const inclusion = both(source.inclusion, own);
      spend();
      switch (selection.kind) {
        case Kind.FIELD: {
          const key = selection.alias?.value ?? selection.name.value;
          const places = found.get(key) ?? [];
          found.set(key, places);
          places.push({ node: selection, inclusion, only });
          break;
        }
        case Kind.INLINE_FRAGMENT:
          addFragment(selection.typeCondition?.name.value, selection.selectionSet, source, inclusion, only);
          break;
        case Kind.FRAGMENT_SPREAD: {
          const fragment = fragments.get(selection.name.value);
          if (fragment === undefined) break;
          const isWhole = inclusion === true && only === undefined;
          if (isWhole && spread.has(fragment.name.value)) break;
          if (isWhole) spread.add(fragment.name.value);
          addFragment(fragment.typeCondition.name.value, fragment.selectionSet, source, inclusion, only);
        }
      }
    }
  }

  function addFragment(
    condition: string | undefined,
    selectionSet: SelectionSetNode,
    source: SelectionSource,
    inclusion: Inclusion,
    only: ReadonlySet<string> | undefined,
  ): void {
    const type = condition === undefined ? source.type : schema.getType(condition);
    if (!isCompositeType(type)) return;
    const fitting = new Set(possibleTypes(schema, type));
    const here = only === undefined ? types : [...only];
    const left = here.filter((name) => fitting.has(name));
    if (left.length === 0) return;
    add({ selectionSet, type, inclusion }, left.length === here.length ? only : new Set(left));
  }

  for (const source of sources) add(source, undefined);
  return found;
}
