import {
  type DefinitionNode,
  type DocumentNode,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';
import { conditionOf, type OperationConditions } from './operation-conditions.ts';

/** A document, and the operation of it that runs. */
export interface OperationInDocument {
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
}

/**
 * Takes `@skip` and `@include` out of an operation, and with them what they leave out: a field, a fragment without
 * anything in it. A field that stays may be left without selections; see `selectTypenames`.
 *
 * The planner's own conditions are not to be had: it moves the condition of a selection to the field around it when
 * nothing else is selected there, and that of one field of a fetch to the whole of the fetch. So each combination of
 * values that turns up is an operation of its own, with a plan of its own.
 *
 * @param values - of the conditions, as `OperationConditions.evaluate` gave them
 * @returns the same objects when there is no condition; else a document with this operation alone
 */
export function resolveConditions(
  { document, operation }: OperationInDocument,
  conditions: OperationConditions,
  values: string,
): OperationInDocument {
  if (!hasConditions(document)) return { document, operation };
  const fragments = new Map(fragmentsOf(document));
  /** Fragments of which something is left and spread. */
  const used = new Map<string, DefinitionNode>();

  const resolve = ({ selections }: SelectionSetNode): SelectionSetNode => ({
    kind: Kind.SELECTION_SET,
    selections: selections
      .filter(({ directives }) => conditions.isIncluded(directives, values))
      .flatMap(resolveSelection),
  });

  function resolveSelection(selection: SelectionNode): SelectionNode[] {
    const directives = (selection.directives ?? []).filter(
      (directive) => conditionOf(directive) === undefined,
    );
    if (selection.kind === Kind.FRAGMENT_SPREAD) {
      return isFragmentUsed(selection.name.value) ? [{ ...selection, directives }] : [];
    }
    if (selection.kind === Kind.INLINE_FRAGMENT) {
      const selectionSet = resolve(selection.selectionSet);
      return selectionSet.selections.length === 0 ? [] : [{ ...selection, directives, selectionSet }];
    }
    if (selection.selectionSet === undefined) return [{ ...selection, directives }];
    return [{ ...selection, directives, selectionSet: resolve(selection.selectionSet) }];
  }

  function isFragmentUsed(name: string): boolean {
    const fragment = fragments.get(name);
    if (fragment !== undefined && !used.has(name)) {
      const selectionSet = resolve(fragment.selectionSet);
      if (selectionSet.selections.length > 0) used.set(name, { ...fragment, selectionSet });
      else fragments.delete(name);
    }
    return used.has(name);
  }

  const resolved = { ...operation, selectionSet: resolve(operation.selectionSet) };
  return { document: { ...document, definitions: [resolved, ...used.values()] }, operation: resolved };
}

function hasConditions(document: DocumentNode): boolean {
  let isFound = false;
  visit(document, {
    Directive(directive) {
      if (conditionOf(directive) !== undefined) isFound = true;
    },
  });
  return isFound;
}

/** Selects `__typename` where nothing is selected, for whom a document must be valid. */
export function selectTypenames(document: DocumentNode): DocumentNode {
  return visit(document, {
    SelectionSet(set) {
      if (set.selections.length > 0) return undefined;
      const typename = { kind: Kind.FIELD, name: { kind: Kind.NAME, value: '__typename' } } as const;
      return { ...set, selections: [typename] };
    },
  });
}
