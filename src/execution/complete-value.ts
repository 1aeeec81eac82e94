import { isJsonObject } from '../lib/json-object.ts';
import type { ErrorPath, OperationRun } from './operation-run.ts';
import { readOwn, writeOwn } from './own-property.ts';
import { publicErrorOf } from './public-error.ts';
import { type ResponseNode, TYPENAME_SLOT } from './response-tree.ts';

/** How a value is completed. Numbers, because completion branches on them for every value of a response. */
export const ValueKind = Object.freeze({
  string: 0,
  int: 1,
  float: 2,
  boolean: 3,
  id: 4,
  enum: 5,
  /** A scalar whose form only its subgraph knows. */
  scalar: 6,
  list: 7,
  /** Objects that are nodes of ours. */
  node: 8,
  /** Objects as a subgraph sent them. */
  object: 9,
  typename: 10,
});
export type ValueKind = (typeof ValueKind)[keyof typeof ValueKind];

/** A type of the API schema, compiled for one place of an operation. */
export interface CompletedType {
  readonly kind: ValueKind;
  readonly isNonNull: boolean;
  /** Of a list. */
  readonly item: CompletedType | undefined;
  /** Of an enum: the values that clients may see. */
  readonly values: ReadonlySet<unknown> | undefined;
  /** Of objects. */
  readonly shapes: ObjectShapes | undefined;
}

/** What is answered of objects at one place, by their type. */
export interface ObjectShapes {
  /** @returns undefined when no object of this type may stand here */
  shapeFor(typename: unknown): ObjectShape | undefined;
}

/** The fields that are answered of objects of one type, in the order of the specification's CollectFields. */
export interface ObjectShape {
  readonly typename: string;
  /** Whether the type is an interface: what the object really is, its subgraph does not know. */
  readonly isAbstract: boolean;
  readonly fields: readonly FieldShape[];
  /** The fetches that bring the type of the object. */
  readonly typenameProviders: ReadonlySet<number>;
}

export interface FieldShape {
  readonly responseName: string;
  /** The plan's response name: what an object of a subgraph has. */
  readonly key: string;
  /** Where a node has it; -1 when no fetch brings it. */
  readonly slot: number;
  /** Whether plain objects inherit `key` or `responseName`. */
  readonly isInherited: boolean;
  readonly type: CompletedType;
  readonly providers: ReadonlySet<number>;
}

/** What completing a non-null value gives when it has to be null: the parent becomes null. */
const BUBBLE: unique symbol = Symbol('bubble');
type Completed = unknown;

const INVALID = publicErrorOf('SUBGRAPH_INVALID_RESPONSE');
const MAX_INT = 2_147_483_647;
const MIN_INT = -2_147_483_648;

/**
 * Makes the data of a response: completes every value against the API schema, as the specification's CompleteValue
 * does. Errors go to the run, one for each origin.
 *
 * @returns null when a null bubbled up to the root
 * @see https://spec.graphql.org/October2021/#CompleteValue()
 */
export function completeRoot(shape: ObjectShape, run: OperationRun): Record<string, unknown> | null {
  const data = completeNode(shape, run.root, run, 0);
  return data === BUBBLE ? null : (data as Record<string, unknown>);
}

/** The fields of a node of ours. */
function completeNode(
  { typename, isAbstract, fields, typenameProviders }: ObjectShape,
  node: ResponseNode,
  run: OperationRun,
  depth: number,
): Completed {
  if (isAbstract && run.hasFailures) tellFailure(typenameProviders, node, run, run.path.slice(0, depth));
  const result: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as FieldShape;
    const { type } = field;
    let value: unknown;
    if (type.kind === ValueKind.typename) value = isAbstract ? undefined : typename;
    else {
      value = field.slot < 0 ? undefined : node[field.slot];
      if (value === undefined && run.hasFailures) {
        tellFailure(field.providers, node, run, [...run.path.slice(0, depth), field.responseName]);
      }
    }
    const completed = completeField(field, value, run, depth);
    if (completed === BUBBLE) return BUBBLE;
    if (field.isInherited) writeOwn(result, field.responseName, completed);
    else result[field.responseName] = completed;
  }
  return result;
}

/** The fields of an object as a subgraph sent it. */
function completeObject(
  { typename, isAbstract, fields }: ObjectShape,
  object: Readonly<Record<string, unknown>>,
  run: OperationRun,
  depth: number,
): Completed {
  const result: Record<string, unknown> = {};
  for (let index = 0; index < fields.length; index += 1) {
    const field = fields[index] as FieldShape;
    let value: unknown;
    if (field.type.kind === ValueKind.typename) value = isAbstract ? undefined : typename;
    else value = field.isInherited ? readOwn(object, field.key) : object[field.key];
    const completed = completeField(field, value, run, depth);
    if (completed === BUBBLE) return BUBBLE;
    if (field.isInherited) writeOwn(result, field.responseName, completed);
    else result[field.responseName] = completed;
  }
  return result;
}

function completeField(field: FieldShape, value: unknown, run: OperationRun, depth: number): Completed {
  const { type } = field;
  // Most values of a response: nothing can go wrong inside, so nothing has to be remembered.
  if (typeof value === 'string' && (type.kind === ValueKind.string || type.kind === ValueKind.id))
    return value;
  run.path[depth] = field.responseName;
  return completeValue(type, value, run, depth + 1);
}

function completeValue(type: CompletedType, value: unknown, run: OperationRun, depth: number): Completed {
  if (value === null || value === undefined) return type.isNonNull ? refuse(run, depth) : null;
  let completed: Completed;
  switch (type.kind) {
    case ValueKind.list:
      completed = Array.isArray(value)
        ? completeList(type.item as CompletedType, value, run, depth)
        : refuse(run, depth);
      break;
    case ValueKind.node:
      completed = completeNodeOfType(type.shapes as ObjectShapes, value, run, depth);
      break;
    case ValueKind.object:
      completed = completeObjectOfType(type.shapes as ObjectShapes, value, run, depth);
      break;
    default:
      completed = completeLeaf(type, value);
      if (completed === undefined) completed = refuse(run, depth);
  }
  if (completed !== BUBBLE) return completed;
  return type.isNonNull ? BUBBLE : null;
}

function completeList(
  item: CompletedType,
  values: readonly unknown[],
  run: OperationRun,
  depth: number,
): Completed {
  const result = new Array<unknown>(values.length);
  for (let index = 0; index < values.length; index += 1) {
    run.path[depth] = index;
    const completed = completeValue(item, values[index], run, depth + 1);
    if (completed === BUBBLE) return BUBBLE;
    result[index] = completed;
  }
  return result;
}

function completeNodeOfType(
  shapes: ObjectShapes,
  value: unknown,
  run: OperationRun,
  depth: number,
): Completed {
  if (!Array.isArray(value)) return refuse(run, depth);
  const shape = shapes.shapeFor(value[TYPENAME_SLOT]);
  return shape === undefined ? refuse(run, depth) : completeNode(shape, value, run, depth);
}

function completeObjectOfType(
  shapes: ObjectShapes,
  value: unknown,
  run: OperationRun,
  depth: number,
): Completed {
  if (!isJsonObject(value)) return refuse(run, depth);
  const shape = shapes.shapeFor(value.__typename);
  return shape === undefined ? refuse(run, depth) : completeObject(shape, value, run, depth);
}

/**
 * A leaf in its result form. What a subgraph sends has been coerced once, by the subgraph; a value of the wrong
 * kind is its fault and is not repaired, save that an ID may be an integer.
 *
 * @returns undefined when the value does not fit the type
 */
function completeLeaf({ kind, values }: CompletedType, value: unknown): unknown {
  switch (kind) {
    case ValueKind.string:
      return typeof value === 'string' ? value : undefined;
    case ValueKind.int:
      return Number.isInteger(value) && (value as number) <= MAX_INT && (value as number) >= MIN_INT
        ? value
        : undefined;
    case ValueKind.float:
      // JSON can say 1e400, which would be written as null.
      return Number.isFinite(value) ? value : undefined;
    case ValueKind.boolean:
      return typeof value === 'boolean' ? value : undefined;
    case ValueKind.id:
      if (typeof value === 'string') return value;
      return Number.isInteger(value) ? String(value) : undefined;
    case ValueKind.enum:
      return values?.has(value) === true ? value : undefined;
    default:
      // A scalar of the schema's own, or a type name that is known already.
      return typeof value === 'number' && !Number.isFinite(value) ? undefined : value;
  }
}

/** A value that does not fit its type, null too, is an error unless one says already why it is there. */
function refuse(run: OperationRun, depth: number): typeof BUBBLE {
  const path = run.path.slice(0, depth);
  if (!run.isExplained(path)) run.addError(INVALID, path);
  return BUBBLE;
}

/** Something is missing: was it a fetch that should have brought it? */
function tellFailure(
  providers: ReadonlySet<number>,
  node: ResponseNode,
  run: OperationRun,
  path: ErrorPath,
): void {
  const cause = run.failureAt(providers, node);
  if (cause === undefined || run.isExplained(path)) return;
  if (cause === 'told') run.explain(path);
  else run.addError(cause, path);
}
