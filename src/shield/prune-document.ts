import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  type GraphQLCompositeType,
  type GraphQLSchema,
  getNamedType,
  isAbstractType,
  isCompositeType,
  isInterfaceType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
  visit,
} from 'graphql';
import { fragmentsOf } from '../lib/fragments-of.ts';

/** Whether a field is refused for objects of one type. */
export type IsRefused = (typeName: string, field: FieldNode) => boolean;

/** An operation without its refused fields. */
export interface PrunedDocument {
  /** The operation and the fragments and variables that it still uses. */
  readonly document: DocumentNode;
  readonly operation: OperationDefinitionNode;
  /** Fields of the original document in whose selections something was cut. */
  readonly touched: ReadonlySet<FieldNode>;
  /** The response name under which `__typename` was added where the walk over the result needs it. */
  readonly typenameKey: string;
}

/**
 * Cuts refused fields out of an operation, so that nothing plans or fetches them.
 *
 * A field of an interface that is refused for some of its types is kept for the others, in fragments on them. Where a
 * cut leaves nothing to select, `__typename` is selected; likewise at every abstract type below which something was
 * cut, because the nulls put in afterwards depend on the type of each object. `@skip` and `@include` stay.
 *
 * @param isRefused - asked with object types only
 */
export function pruneDocument(
  document: DocumentNode,
  operation: OperationDefinitionNode,
  schema: GraphQLSchema,
  isRefused: IsRefused,
): PrunedDocument {
  const pruner = new Pruner(document, schema, isRefused);
  const root = schema.getRootType(operation.operation) as GraphQLCompositeType;
  const selectionSet = pruner.prune(operation.selectionSet, root);
  const { fragments, touched, typenameKey } = pruner;
  const rest: OperationDefinitionNode = {
    ...operation,
    selectionSet: selectionSet ?? selectionSetOf([typenameField(typenameKey)]),
  };
  const { used, variables } = referencesOf(rest, fragments);
  const pruned: OperationDefinitionNode = {
    ...rest,
    variableDefinitions: (operation.variableDefinitions ?? []).filter(({ variable }) =>
      variables.has(variable.name.value),
    ),
  };
  return {
    document: { kind: Kind.DOCUMENT, definitions: [pruned, ...used] },
    operation: pruned,
    touched,
    typenameKey,
  };
}

class Pruner {
  readonly touched = new Set<FieldNode>();
  /** Fragments as they were pruned; undefined when nothing of one is left. */
  readonly fragments = new Map<string, FragmentDefinitionNode | undefined>();
  readonly typenameKey: string;
  readonly #sources: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly #schema: GraphQLSchema;
  readonly #isRefused: IsRefused;
  /** Fragments below which something was cut. */
  readonly #cutFragments = new Set<string>();

  constructor(document: DocumentNode, schema: GraphQLSchema, isRefused: IsRefused) {
    this.#sources = fragmentsOf(document);
    this.#schema = schema;
    this.#isRefused = isRefused;
    this.typenameKey = freeTypenameKey(document);
  }

  /** @returns the selection set itself when nothing was cut in it; undefined when nothing is left */
  prune(selectionSet: SelectionSetNode, parent: GraphQLCompositeType): SelectionSetNode | undefined {
    const selections = selectionSet.selections.flatMap((selection) => this.#selection(selection, parent));
    const isSame =
      selections.length === selectionSet.selections.length &&
      selections.every((selection, index) => selection === selectionSet.selections[index]);
    if (isSame) return selectionSet;
    return selections.length === 0 ? undefined : selectionSetOf(selections);
  }

  #selection(selection: SelectionNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    switch (selection.kind) {
      case Kind.FIELD:
        return this.#field(selection, parent);
      case Kind.INLINE_FRAGMENT: {
        const type = this.#compositeType(selection.typeCondition?.name.value) ?? parent;
        const selectionSet = this.prune(selection.selectionSet, type);
        if (selectionSet === selection.selectionSet) return [selection];
        return selectionSet === undefined ? [] : [{ ...selection, selectionSet }];
      }
      default: {
        const name = selection.name.value;
        const fragment = this.#fragment(name);
        return fragment === undefined ? [] : [selection];
      }
    }
  }

  #field(node: FieldNode, parent: GraphQLCompositeType): readonly SelectionNode[] {
    const name = node.name.value;
    const field = isObjectType(parent) || isInterfaceType(parent) ? parent.getFields()[name] : undefined;
    // Fields that every type has: __typename, and __schema and __type of the root.
    if (field === undefined) return [node];
    const possible = isAbstractType(parent) ? this.#schema.getPossibleTypes(parent) : [parent];
    const allowed = possible.filter((type) => !this.#isRefused(type.name, node));
    if (allowed.length === 0 && possible.length > 0) return [];
    const kept = this.#inside(node, getNamedType(field.type) as GraphQLCompositeType);
    if (allowed.length === possible.length) return [kept];
    return allowed.map((type) => ({
      kind: Kind.INLINE_FRAGMENT,
      typeCondition: { kind: Kind.NAMED_TYPE, name: { kind: Kind.NAME, value: type.name } },
      selectionSet: selectionSetOf([kept]),
    }));
  }

  /** The field with what is left of its selection. */
  #inside(node: FieldNode, type: GraphQLCompositeType): FieldNode {
    const { selectionSet } = node;
    if (selectionSet === undefined) return node;
    const pruned = this.prune(selectionSet, type);
    if (pruned === selectionSet && !this.#spreadsCut(selectionSet)) return node;
    this.touched.add(node);
    const selections = pruned?.selections ?? [];
    const needsTypename = isAbstractType(type) || !selections.some(isUnconditionalField);
    return {
      ...node,
      selectionSet: selectionSetOf(
        needsTypename ? [...selections, typenameField(this.typenameKey)] : selections,
      ),
    };
  }

  #fragment(name: string): FragmentDefinitionNode | undefined {
    if (this.fragments.has(name)) return this.fragments.get(name);
    const source = this.#sources.get(name);
    const type = this.#compositeType(source?.typeCondition.name.value);
    if (source === undefined || type === undefined) return undefined;
    const selectionSet = this.prune(source.selectionSet, type);
    const isCut = selectionSet !== source.selectionSet || this.#spreadsCut(source.selectionSet);
    if (isCut) this.#cutFragments.add(name);
    const fragment = selectionSet === undefined ? undefined : { ...source, selectionSet };
    this.fragments.set(name, fragment);
    return fragment;
  }

  /** Whether fragments that a selection set spreads, at this level, had something cut. */
  #spreadsCut({ selections }: SelectionSetNode): boolean {
    return selections.some((selection) => {
      if (selection.kind === Kind.FRAGMENT_SPREAD) return this.#cutFragments.has(selection.name.value);
      return selection.kind === Kind.INLINE_FRAGMENT && this.#spreadsCut(selection.selectionSet);
    });
  }

  #compositeType(name: string | undefined): GraphQLCompositeType | undefined {
    const type = name === undefined ? undefined : this.#schema.getType(name);
    return isCompositeType(type) ? type : undefined;
  }
}

/** The fragments that an operation reaches, and the variables that it and they use. */
function referencesOf(
  operation: OperationDefinitionNode,
  fragments: ReadonlyMap<string, FragmentDefinitionNode | undefined>,
) {
  const used = new Set<FragmentDefinitionNode>();
  const variables = new Set<string>();
  const collect = (node: OperationDefinitionNode | FragmentDefinitionNode): void => {
    visit(node, {
      VariableDefinition: () => false,
      Variable: ({ name }) => void variables.add(name.value),
      FragmentSpread({ name }) {
        const fragment = fragments.get(name.value);
        if (fragment === undefined || used.has(fragment)) return;
        used.add(fragment);
        collect(fragment);
      },
    });
  };
  collect(operation);
  return { used, variables };
}

/** `__typename`, unless the client calls another field so. */
function freeTypenameKey(document: DocumentNode): string {
  const taken = new Set<string>();
  visit(document, {
    Field({ alias, name }) {
      if (alias !== undefined && name.value !== '__typename') taken.add(alias.value);
      else if (name.value !== '__typename') taken.add(name.value);
      else if (alias !== undefined && alias.value !== '__typename') taken.add(alias.value);
    },
  });
  let key = '__typename';
  for (let number = 1; taken.has(key); number += 1) key = `typename_${number}`;
  return key;
}

function isUnconditionalField(selection: SelectionNode): boolean {
  return selection.kind === Kind.FIELD && (selection.directives ?? []).length === 0;
}

function selectionSetOf(selections: readonly SelectionNode[]): SelectionSetNode {
  return { kind: Kind.SELECTION_SET, selections };
}

function typenameField(key: string): FieldNode {
  return {
    kind: Kind.FIELD,
    name: { kind: Kind.NAME, value: '__typename' },
    ...(key === '__typename' ? {} : { alias: { kind: Kind.NAME, value: key } }),
  };
}
