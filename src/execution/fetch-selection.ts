import type { FetchDataRewrite } from '@apollo/query-planner';
import {
  type DocumentNode,
  type FragmentDefinitionNode,
  type GraphQLSchema,
  isInterfaceType,
  isListType,
  isNonNullType,
  isObjectType,
  Kind,
  type OperationDefinitionNode,
  type SelectionNode,
  type SelectionSetNode,
} from 'graphql';
import { InternalError } from '../errors/errors.ts';

/** One place in a fetch's document where a field is selected. */
export interface FieldOccurrence {
  /** The response name that the subgraph writes. */
  readonly key: string;
  /** The response name that the plan means; differs from `key` when the planner gave an alias of its own. */
  readonly name: string;
  /** The type conditions around the field inside its object, outermost first. */
  readonly typeConditions: readonly string[];
  readonly listDepth: number;
  /** What is selected inside; undefined for leaves. */
  readonly objects: ObjectSelection | undefined;
}

/** What a fetch selects of the objects at one place. */
export interface ObjectSelection {
  readonly selectionSet: SelectionSetNode;
  /** The static type of the objects. */
  readonly typeName: string;
  /** Field names from where the fetch is merged to here, joined by dots; empty at the start. */
  readonly path: string;
}

/** Reads the selections of one fetch's document, with the planner's own aliases undone. */
export class FetchSelections {
  readonly operation: OperationDefinitionNode;
  readonly fragments = new Map<string, FragmentDefinitionNode>();
  readonly #renames: ReadonlyMap<string, string>;
  readonly #schema: GraphQLSchema;

  /** @throws InternalError when the plan has a rewrite of answers that the planner is not known to make */
  constructor(
    document: DocumentNode,
    outputRewrites: readonly FetchDataRewrite[] | undefined,
    schema: GraphQLSchema,
  ) {
    let operation: OperationDefinitionNode | undefined;
    for (const definition of document.definitions) {
      if (definition.kind === Kind.OPERATION_DEFINITION) operation = definition;
      if (definition.kind === Kind.FRAGMENT_DEFINITION) this.fragments.set(definition.name.value, definition);
    }
    if (operation === undefined) throw new InternalError('a fetch without an operation');
    this.operation = operation;
    this.#renames = renamesOf(outputRewrites);
    this.#schema = schema;
  }

  /** Every field that is selected of some objects, in the order of the document; named fragments are looked into. */
  occurrences(objects: ObjectSelection): FieldOccurrence[] {
    const found: FieldOccurrence[] = [];
    const collect = (selection: SelectionNode, typeName: string, conditions: readonly string[]): void => {
      if (selection.kind === Kind.FIELD) {
        found.push(this.#occurrence(selection, typeName, conditions, objects.path));
        return;
      }
      const { typeCondition, selectionSet } =
        selection.kind === Kind.INLINE_FRAGMENT ? selection : this.#fragment(selection.name.value);
      const inner = typeCondition?.name.value;
      for (const child of selectionSet.selections) {
        collect(child, inner ?? typeName, inner === undefined ? conditions : [...conditions, inner]);
      }
    };
    for (const selection of objects.selectionSet.selections) collect(selection, objects.typeName, []);
    return found;
  }

  /** A path as the subgraph wrote it, with the planner's aliases undone. */
  plannedPath(path: readonly (string | number)[]): readonly (string | number)[] {
    if (this.#renames.size === 0) return path;
    let written = '';
    return path.map((step) => {
      if (typeof step === 'number') return step;
      written = written === '' ? step : `${written}.${step}`;
      return this.#renames.get(written) ?? step;
    });
  }

  /** A selection set in which each spread of a named fragment is an inline fragment. */
  withoutNamedFragments(selectionSet: SelectionSetNode): SelectionSetNode {
    return {
      ...selectionSet,
      selections: selectionSet.selections.map((selection) => {
        if (selection.kind === Kind.FRAGMENT_SPREAD) {
          const { typeCondition, selectionSet: inner } = this.#fragment(selection.name.value);
          return {
            kind: Kind.INLINE_FRAGMENT,
            typeCondition,
            ...(selection.directives === undefined ? {} : { directives: selection.directives }),
            selectionSet: this.withoutNamedFragments(inner),
          };
        }
        return selection.selectionSet === undefined
          ? selection
          : { ...selection, selectionSet: this.withoutNamedFragments(selection.selectionSet) };
      }),
    };
  }

  #fragment(name: string): FragmentDefinitionNode {
    const fragment = this.fragments.get(name);
    if (fragment === undefined) throw new InternalError(`a fetch without its fragment ${name}`);
    return fragment;
  }

  #occurrence(
    field: Extract<SelectionNode, { kind: Kind.FIELD }>,
    parentTypeName: string,
    typeConditions: readonly string[],
    parentPath: string,
  ): FieldOccurrence {
    const key = (field.alias ?? field.name).value;
    const path = parentPath === '' ? key : `${parentPath}.${key}`;
    const { listDepth, typeName } = this.#fieldType(parentTypeName, field.name.value);
    return {
      key,
      name: this.#renames.get(path) ?? key,
      typeConditions,
      listDepth,
      objects:
        field.selectionSet === undefined ? undefined : { selectionSet: field.selectionSet, typeName, path },
    };
  }

  #fieldType(parentTypeName: string, fieldName: string): { listDepth: number; typeName: string } {
    if (fieldName === '__typename') return { listDepth: 0, typeName: 'String' };
    const parentType = this.#schema.getType(parentTypeName);
    const field =
      isObjectType(parentType) || isInterfaceType(parentType) ? parentType.getFields()[fieldName] : undefined;
    if (field === undefined)
      throw new InternalError(`a fetch of ${parentTypeName}.${fieldName}, which is unknown`);
    let { type } = field;
    let listDepth = 0;
    while (isNonNullType(type) || isListType(type)) {
      if (isListType(type)) listDepth += 1;
      type = type.ofType;
    }
    return { listDepth, typeName: type.name };
  }
}

/** The planner's aliases by where they stand; type conditions are left out, for the planner never reuses an alias. */
function renamesOf(rewrites: readonly FetchDataRewrite[] | undefined): ReadonlyMap<string, string> {
  const renames = new Map<string, string>();
  for (const rewrite of rewrites ?? []) {
    if (rewrite.kind !== 'KeyRenamer') throw new InternalError(`an output rewrite of kind ${rewrite.kind}`);
    const path = rewrite.path.filter((step) => !step.startsWith('... on ')).join('.');
    renames.set(path, rewrite.renameKeyTo);
  }
  return renames;
}
