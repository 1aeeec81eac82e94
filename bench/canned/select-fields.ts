import {
  type DocumentNode,
  type FieldNode,
  type FragmentDefinitionNode,
  getOperationAST,
  Kind,
  type SelectionNode,
  valueFromASTUntyped,
} from 'graphql';

/** An object of a workload's data: plain values, or functions of the field's arguments. */
export interface CannedObject {
  readonly __typename: string;
  readonly [field: string]: unknown;
}

/** What a selection may refer to. */
export interface SelectionContext {
  readonly fragments: ReadonlyMap<string, FragmentDefinitionNode>;
  readonly variables: Readonly<Record<string, unknown>>;
}

/** The named fragments of a document. */
export function fragmentsOf(document: DocumentNode): ReadonlyMap<string, FragmentDefinitionNode> {
  const definitions = document.definitions.filter(({ kind }) => kind === Kind.FRAGMENT_DEFINITION);
  return new Map(
    (definitions as FragmentDefinitionNode[]).map((fragment) => [fragment.name.value, fragment]),
  );
}

/** The arguments of a field, with variables put in and defaults left out. */
export function argumentsOf(
  field: FieldNode,
  variables: SelectionContext['variables'],
): Record<string, unknown> {
  return Object.fromEntries(
    (field.arguments ?? []).map(({ name, value }) => [name.value, valueFromASTUntyped(value, variables)]),
  );
}

/**
 * Reads a selection off an object, as an executor without nullability, directives and abstract types would: enough
 * for the benchmark's own operations, and independent of everything that is measured.
 *
 * @throws Error when a field is not in the data, so that a hole in a workload never looks like a null
 */
export function selectFields(
  source: CannedObject,
  selections: readonly SelectionNode[],
  context: SelectionContext,
): Record<string, unknown> {
  const result: Record<string, unknown> = {};
  for (const [name, fields] of collectFields(source.__typename, selections, context)) {
    const [field] = fields;
    const fieldName = field.name.value;
    if (!Object.hasOwn(source, fieldName)) throw new Error(`${source.__typename}.${fieldName} has no data`);
    const value = source[fieldName];
    const resolved = typeof value === 'function' ? value(argumentsOf(field, context.variables)) : value;
    result[name] = completeValue(
      resolved,
      fields.flatMap(({ selectionSet }) => selectionSet?.selections ?? []),
      context,
    );
  }
  return result;
}

/** Answers a whole operation from the root of a workload's data. */
export function selectOperation(
  root: CannedObject,
  document: DocumentNode,
  variables: SelectionContext['variables'],
): Record<string, unknown> {
  const operation = getOperationAST(document);
  if (operation == null) throw new Error('one operation was expected');
  return selectFields(root, operation.selectionSet.selections, {
    fragments: fragmentsOf(document),
    variables,
  });
}

/** Groups the fields of a selection by response name. @see https://spec.graphql.org/October2021/#CollectFields() */
export function collectFields(
  typename: string,
  selections: readonly SelectionNode[],
  context: SelectionContext,
): Map<string, [FieldNode, ...FieldNode[]]> {
  const grouped = new Map<string, [FieldNode, ...FieldNode[]]>();
  const visit = (selection: SelectionNode): void => {
    if (selection.kind === Kind.FIELD) {
      const name = (selection.alias ?? selection.name).value;
      const group = grouped.get(name);
      if (group === undefined) grouped.set(name, [selection]);
      else group.push(selection);
      return;
    }
    const fragment =
      selection.kind === Kind.INLINE_FRAGMENT ? selection : context.fragments.get(selection.name.value);
    const condition = fragment?.typeCondition?.name.value;
    if (condition === undefined || condition === typename) fragment?.selectionSet.selections.forEach(visit);
  };
  selections.forEach(visit);
  return grouped;
}

function completeValue(
  value: unknown,
  selections: readonly SelectionNode[],
  context: SelectionContext,
): unknown {
  if (Array.isArray(value)) return value.map((item) => completeValue(item, selections, context));
  if (selections.length === 0 || value === null) return value;
  return selectFields(value as CannedObject, selections, context);
}
