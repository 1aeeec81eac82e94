import { type FieldNode, type GraphQLField, isListType, isNonNullType } from 'graphql';
import type { ListSize } from '../../supergraph/cost-directives.ts';
import { MOST_POINTS, multiplyPoints } from './saturating.ts';
import type { ReadValue, VariableReader } from './variable-reader.ts';

/** How many items a list has of which nothing is said. */
export const DEFAULT_LIST_SIZE = 10;

/** How many items a list has by the value of an argument, of the field itself or of the nearest field around it. */
export interface SizeByArgument {
  readonly argument: string;
  /** Items by the argument's value. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** The arguments of a field and of those around it. */
export interface FieldArguments {
  readonly parent: FieldArguments | undefined;
  /** @returns undefined when the field has no such argument */
  readonly reader: (argument: string) => ReadValue<unknown> | undefined;
}

/** Prepares reading of a field's arguments; one that is left out has the default that the schema gives. */
export function readArguments(
  field: GraphQLField<unknown, unknown>,
  node: FieldNode,
  variables: VariableReader,
  parent: FieldArguments | undefined,
): FieldArguments {
  return {
    parent,
    reader(name) {
      const argument = field.args.find((candidate) => candidate.name === name);
      if (argument === undefined) return undefined;
      const given = node.arguments?.find((candidate) => candidate.name.value === name);
      if (given === undefined) return () => argument.defaultValue;
      const read = variables.reader(given.value);
      return (values) => {
        const value = read(values);
        return value === undefined ? argument.defaultValue : value;
      };
    },
  };
}

/**
 * How many items a field returns: by the argument that the settings name, else its slicing arguments, else the length
 * of the list that it has to be given, else what its `@listSize` assumes, else 10.
 */
export function readSize(
  field: GraphQLField<unknown, unknown>,
  size: ListSize | undefined,
  byArgument: SizeByArgument | undefined,
  args: FieldArguments,
): ReadValue<number> {
  const bySettings = byArgument === undefined ? undefined : readSizeByArgument(byArgument, args);
  const slices = (size?.slicingArguments ?? []).flatMap((path) => readPath(path, args) ?? []);
  const lists = field.args
    .filter(({ type }) => isNonNullType(type) && isListType(type.ofType))
    .flatMap(({ name }) => args.reader(name) ?? []);
  const assumed = size?.assumedSize ?? DEFAULT_LIST_SIZE;
  return (variables) =>
    bySettings?.(variables) ??
    greatest(slices.map((read) => countOf(read(variables)))) ??
    greatest(lists.map((read) => lengthOf(read(variables)))) ??
    assumed;
}

/** Lists of lists: the inner ones have as many items as a list of which nothing is said. */
export function nestLists(read: ReadValue<number>, depth: number): ReadValue<number> {
  if (depth <= 1) return read;
  const inner = DEFAULT_LIST_SIZE ** (depth - 1);
  return (variables) => multiplyPoints(read(variables), inner);
}

function readSizeByArgument(
  { argument, sizes }: SizeByArgument,
  args: FieldArguments,
): ReadValue<number | undefined> | undefined {
  for (let around: FieldArguments | undefined = args; around !== undefined; around = around.parent) {
    const read = around.reader(argument);
    if (read === undefined) continue;
    return (variables) => {
      const value = String(read(variables));
      return Object.hasOwn(sizes, value) ? sizes[value] : undefined;
    };
  }
  return undefined;
}

/** A slicing argument; dots lead into input objects. */
function readPath(path: string, args: FieldArguments): ReadValue<unknown> | undefined {
  const [name = '', ...keys] = path.split('.');
  const read = args.reader(name);
  if (read === undefined || keys.length === 0) return read;
  return (variables) =>
    keys.reduce<unknown>((value, key) => (value as Record<string, unknown> | null)?.[key], read(variables));
}

/** A number of items: nothing below 0 buys points back, and nothing that is no number counts as one. */
function countOf(value: unknown): number | undefined {
  if (Array.isArray(value)) return value.length;
  if (typeof value !== 'number' || Number.isNaN(value)) return undefined;
  return Math.min(MOST_POINTS, Math.max(0, value));
}

/** GraphQL takes a single value for a list of one. */
function lengthOf(value: unknown): number | undefined {
  if (value == null) return undefined;
  return Array.isArray(value) ? value.length : 1;
}

function greatest(counts: readonly (number | undefined)[]): number | undefined {
  const known = counts.filter((count) => count !== undefined);
  return known.length === 0 ? undefined : Math.max(...known);
}
