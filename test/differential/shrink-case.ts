import {
  type ASTNode,
  type DocumentNode,
  type GraphQLSchema,
  Kind,
  type OperationDefinitionNode,
  parse,
  print,
  type SelectionNode,
  validate,
  visit,
} from 'graphql';
import type { Case } from './random-case.ts';

/** Rounds without an end would mean that two steps undo each other. */
const MAX_STEPS = 500;

/**
 * Makes a failing case smaller as long as it fails: takes away faults, selections, directives, arguments and aliases,
 * and puts the content of fragments in their place, until nothing more can go.
 */
export async function shrinkCase(
  failing: Case,
  schema: GraphQLSchema,
  fails: (candidate: Case) => Promise<boolean>,
): Promise<Case> {
  let smallest = failing;
  for (let step = 0; step < MAX_STEPS; step += 1) {
    const smaller = await firstFailing(smallerCases(smallest, schema), fails);
    if (smaller === undefined) break;
    smallest = smaller;
  }
  return smallest;
}

async function firstFailing(
  candidates: Iterable<Case>,
  fails: (candidate: Case) => Promise<boolean>,
): Promise<Case | undefined> {
  for (const candidate of candidates) if (await fails(candidate)) return candidate;
  return undefined;
}

function* smallerCases(current: Case, schema: GraphQLSchema): Generator<Case> {
  const { fields, missing } = current.faults;
  for (const fault of fields) {
    yield { ...current, faults: { missing, fields: fields.filter((other) => other !== fault) } };
  }
  for (const fault of missing) {
    yield { ...current, faults: { fields, missing: missing.filter((other) => other !== fault) } };
  }
  const document = parse(current.query, { noLocation: true });
  for (const smaller of smallerDocuments(document)) {
    const tidy = removeUnused(smaller);
    if (hasEmptySelection(tidy) || validate(schema, tidy).length > 0) continue;
    const query = print(tidy);
    if (query.length < print(document).length)
      yield { ...current, query, variables: usedVariables(tidy, current) };
  }
}

/** A change of one node: the nodes that take its place. */
type Change = (node: ASTNode) => readonly ASTNode[] | undefined;

const CHANGES: readonly Change[] = [
  (node) =>
    isSelection(node) || node.kind === Kind.DIRECTIVE || node.kind === Kind.ARGUMENT ? [] : undefined,
  (node) => (node.kind === Kind.INLINE_FRAGMENT ? node.selectionSet.selections : undefined),
  (node) => {
    if (node.kind !== Kind.FIELD || node.alias === undefined) return undefined;
    const { alias: _alias, ...field } = node;
    return [field];
  },
];

function* smallerDocuments(document: DocumentNode): Generator<DocumentNode> {
  const bodies = new Map(
    document.definitions.flatMap((definition) =>
      definition.kind === Kind.FRAGMENT_DEFINITION ? [[definition.name.value, definition]] : [],
    ),
  );
  const inline: Change = (node) => {
    const fragment = node.kind === Kind.FRAGMENT_SPREAD ? bodies.get(node.name.value) : undefined;
    if (fragment === undefined || node.kind !== Kind.FRAGMENT_SPREAD) return undefined;
    const { typeCondition, selectionSet } = fragment;
    return [{ kind: Kind.INLINE_FRAGMENT, typeCondition, selectionSet, directives: node.directives ?? [] }];
  };
  for (const change of [...CHANGES, inline]) {
    const count = countMatches(document, change);
    for (let index = 0; index < count; index += 1) yield changeNode(document, change, index);
  }
}

function countMatches(document: DocumentNode, change: Change): number {
  let count = 0;
  visit(document, {
    enter(node) {
      if (change(node) !== undefined) count += 1;
    },
  });
  return count;
}

/** Changes the match number `index` of a document. */
function changeNode(document: DocumentNode, change: Change, index: number): DocumentNode {
  let seen = 0;
  const replacements = new Map<ASTNode, readonly ASTNode[]>();
  visit(document, {
    enter(node) {
      const replacement = change(node);
      if (replacement === undefined) return;
      if (seen === index) replacements.set(node, replacement);
      seen += 1;
    },
  });
  const replaceIn = <Node extends ASTNode>(nodes: readonly Node[] | undefined): Node[] =>
    (nodes ?? []).flatMap((node) => (replacements.get(node) as readonly Node[] | undefined) ?? [node]);
  // On the way in, while nodes are still the ones that were found.
  return visit(document, {
    enter(node) {
      switch (node.kind) {
        case Kind.SELECTION_SET:
          return { ...node, selections: replaceIn(node.selections) };
        case Kind.FIELD:
          return { ...node, arguments: replaceIn(node.arguments), directives: replaceIn(node.directives) };
        case Kind.INLINE_FRAGMENT:
        case Kind.FRAGMENT_SPREAD:
          return { ...node, directives: replaceIn(node.directives) };
        default:
          return undefined;
      }
    },
  });
}

function isSelection(node: ASTNode): node is SelectionNode {
  return node.kind === Kind.FIELD || node.kind === Kind.INLINE_FRAGMENT || node.kind === Kind.FRAGMENT_SPREAD;
}

/** Validation takes an empty selection set for granted: no parser gives one. */
function hasEmptySelection(document: DocumentNode): boolean {
  let isEmpty = false;
  visit(document, {
    SelectionSet({ selections }) {
      if (selections.length === 0) isEmpty = true;
    },
  });
  return isEmpty;
}

/** Takes out fragments and variables that nothing uses any more. */
function removeUnused(document: DocumentNode): DocumentNode {
  let current = document;
  for (;;) {
    const spread = new Set<string>();
    visit(current, { FragmentSpread: (node) => void spread.add(node.name.value) });
    const definitions = current.definitions.filter(
      (definition) => definition.kind !== Kind.FRAGMENT_DEFINITION || spread.has(definition.name.value),
    );
    if (definitions.length === current.definitions.length) break;
    current = { ...current, definitions };
  }
  const used = new Set<string>();
  visit(current, {
    VariableDefinition: () => false,
    Variable: (node) => void used.add(node.name.value),
  });
  return visit(current, {
    VariableDefinition: (node) => (used.has(node.variable.name.value) ? undefined : null),
  });
}

function usedVariables(document: DocumentNode, { variables }: Case): Record<string, unknown> {
  const operation = document.definitions.find(
    (definition): definition is OperationDefinitionNode => definition.kind === Kind.OPERATION_DEFINITION,
  );
  const names = new Set(operation?.variableDefinitions?.map(({ variable }) => variable.name.value));
  return Object.fromEntries(Object.entries(variables).filter(([name]) => names.has(name)));
}
