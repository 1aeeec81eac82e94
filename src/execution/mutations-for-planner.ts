import {
  type DefinitionNode,
  type DirectiveNode,
  type DocumentNode,
  Kind,
  OperationTypeNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';

/**
 * Rewrites mutations so that the planner calls the root fields in the right order. Only the planner is given the
 * result; the response has the shape of the document itself.
 *
 * The planner puts root fields of named fragments in front of those that stand directly in the operation. So the
 * fragments are written out: a field takes over the directives around it. Where both have the same directive, a field
 * cannot say it, and the fragment stays.
 *
 * @param document - valid, without conditions; what is no mutation stays as it is
 * @see https://spec.graphql.org/October2021/#sec-Mutation
 */
export function mutationsForPlanner(document: DocumentNode): DocumentNode {
  const fragments = fragmentsOf(document);
  const expand = (
    { selections }: SelectionSetNode,
    around: readonly DirectiveNode[],
  ): readonly SelectionNode[] =>
    selections.flatMap((selection) => {
      const directives = [...around, ...(selection.directives ?? [])];
      const names = directives.map(({ name }) => name.value);
      if (new Set(names).size < names.length) return [within(around, selection)];
      if (selection.kind === Kind.FIELD) return [{ ...selection, directives }];
      const inner =
        selection.kind === Kind.INLINE_FRAGMENT
          ? selection.selectionSet
          : fragments.get(selection.name.value)?.selectionSet;
      return inner === undefined ? [] : expand(inner, directives);
    });

  let isChanged = false;
  const definitions = document.definitions.map((definition) => {
    if (
      definition.kind !== Kind.OPERATION_DEFINITION ||
      definition.operation !== OperationTypeNode.MUTATION
    ) {
      return definition;
    }
    isChanged = true;
    const selections = expand(definition.selectionSet, []);
    return { ...definition, selectionSet: { ...definition.selectionSet, selections } };
  });
  return isChanged ? withoutUnusedFragments({ ...document, definitions }) : document;
}

/** The planner would find a fragment that it could spread again, and put it in front. */
function withoutUnusedFragments(document: DocumentNode): DocumentNode {
  const fragments = fragmentsOf(document);
  const used = new Set<string>();
  const noteSpreads = (node: DefinitionNode): void => {
    visit(node, {
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(name.value)) return;
        used.add(name.value);
        noteSpreads(fragment);
      },
    });
  };
  for (const definition of document.definitions) {
    if (definition.kind !== Kind.FRAGMENT_DEFINITION) noteSpreads(definition);
  }
  const definitions = document.definitions.filter(
    (definition) => definition.kind !== Kind.FRAGMENT_DEFINITION || used.has(definition.name.value),
  );
  return { ...document, definitions };
}

function within(directives: readonly DirectiveNode[], selection: SelectionNode): SelectionNode {
  return {
    kind: Kind.INLINE_FRAGMENT,
    directives,
    selectionSet: { kind: Kind.SELECTION_SET, selections: [selection] },
  };
}
