import type { FetchDataRewrite, QueryPlanFieldNode, QueryPlanSelectionNode } from '@apollo/query-planner';
import type { GraphQLSchema } from 'graphql';
import { isInheritedName, readOwn } from './own-property.ts';
import { type Position, type ResponseNode, TYPENAME_SLOT } from './response-tree.ts';
import { doesTypeConditionHold } from './type-conditions.ts';

/** The JSON text of a value; undefined when something that is required is absent. */
type JsonWriter = (value: unknown) => string | undefined;

/** One member of a representation. */
interface Member {
  /** `"name":` */
  readonly prefix: string;
  readonly read: (source: never) => unknown;
  readonly write: JsonWriter;
}

const FRAGMENT_STEP = '... on ';

/**
 * Builds the JSON text of the representation of one entity, straight from its node. The text is what equal
 * representations are known by.
 *
 * A key that is null is sent. An entity that lacks a required field, or a `__typename`, has no representation: a
 * subgraph could not tell it from another one.
 */
export class RepresentationBuilder {
  readonly #requires: readonly QueryPlanSelectionNode[];
  readonly #position: Position;
  readonly #rewrites: readonly FetchDataRewrite[];
  readonly #schema: GraphQLSchema;
  readonly #writers = new Map<string, JsonWriter>();

  constructor(
    requires: readonly QueryPlanSelectionNode[],
    position: Position,
    rewrites: readonly FetchDataRewrite[],
    schema: GraphQLSchema,
  ) {
    this.#requires = requires;
    this.#position = position;
    this.#rewrites = rewrites;
    this.#schema = schema;
  }

  /** @returns undefined when the entity has no representation */
  build(node: ResponseNode): string | undefined {
    const typename = node[TYPENAME_SLOT];
    return typeof typename === 'string' ? this.#writerOf(typename)?.(node) : undefined;
  }

  #writerOf(typename: string): JsonWriter | undefined {
    const known = this.#writers.get(typename);
    if (known !== undefined || this.#schema.getType(typename) === undefined) return known;
    const writer = this.#compile(typename);
    this.#writers.set(typename, writer);
    return writer;
  }

  /** Fragments that match stand for themselves: one that is incomplete adds nothing, the others still do. */
  #compile(typename: string): JsonWriter {
    const context = { schema: this.#schema, typename };
    const groups = this.#requires
      .map((selection) => expandFragments([selection], context))
      .filter((fields) => fields.length > 0);
    const isIdentified = (fields: readonly QueryPlanFieldNode[]) =>
      fields.some(({ name }) => name === '__typename');
    const compileFields = (fields: readonly QueryPlanFieldNode[]) =>
      objectWriter(fields, { ...context, position: this.#position, rewrites: this.#rewrites });
    const all = groups.flat();
    if (!isIdentified(all)) return () => undefined;
    const writeAll = compileFields(all);
    if (groups.length === 1) return writeAll;
    const complete = groups.map((fields) => ({ fields, write: compileFields(fields) }));
    return (node) => {
      const text = writeAll(node);
      if (text !== undefined) return text;
      const rest = complete.filter(({ write }) => write(node) !== undefined).flatMap(({ fields }) => fields);
      return isIdentified(rest) ? compileFields(rest)(node) : undefined;
    };
  }
}

interface TypeContext {
  readonly schema: GraphQLSchema;
  /** The type of the object at hand, as far as it is known. */
  readonly typename: string | undefined;
}

interface ObjectContext extends TypeContext {
  /** The position of the object; undefined inside objects that stay as a subgraph sent them. */
  readonly position: Position | undefined;
  readonly rewrites: readonly FetchDataRewrite[];
}

/** The fields that are required of an object of a type: fragments resolved. */
function expandFragments(
  selections: readonly QueryPlanSelectionNode[],
  context: TypeContext,
): QueryPlanFieldNode[] {
  return selections.flatMap((selection) => {
    if (selection.kind === 'Field') return [selection];
    const { typeCondition } = selection;
    const holds =
      typeCondition === undefined ||
      (context.typename !== undefined &&
        doesTypeConditionHold(context.schema, typeCondition, context.typename));
    return holds ? expandFragments(selection.selections, context) : [];
  });
}

/** Writes an object with these fields; the type of the object is fixed. */
function objectWriter(fields: readonly QueryPlanFieldNode[], context: ObjectContext): JsonWriter {
  const rewrites = context.rewrites.flatMap((rewrite) => rewriteInside(rewrite, context));
  const members = [...Map.groupBy(fields, responseName)].map(([name, same]) =>
    compileMember(name, same, { ...context, rewrites }),
  );
  const prefixes = members.map(({ prefix }, index) => (index === 0 ? `{${prefix}` : `,${prefix}`));
  return (source) => {
    let text = '';
    for (let index = 0; index < members.length; index += 1) {
      const { read, write } = members[index] as Member;
      const value = write(read(source as never));
      if (value === undefined) return undefined;
      text += (prefixes[index] as string) + value;
    }
    return text === '' ? '{}' : `${text}}`;
  };
}

function responseName({ alias, name }: QueryPlanFieldNode): string {
  return alias ?? name;
}

function compileMember(name: string, same: readonly QueryPlanFieldNode[], context: ObjectContext): Member {
  const rewrite = context.rewrites.find(({ path }) => path.length === 1 && path[0] === name);
  const sentName = rewrite?.kind === 'KeyRenamer' ? rewrite.renameKeyTo : name;
  const prefix = `${JSON.stringify(sentName)}:`;
  const read = reader(name, context.position);
  if (rewrite?.kind === 'ValueSetter') {
    const constant = JSON.stringify(rewrite.setValueTo);
    return { prefix, read, write: () => constant };
  }
  const selections = same.flatMap((field) => field.selections ?? []);
  if (selections.length === 0) return { prefix, read, write: leafJson };
  const inner = context.rewrites.flatMap(({ path, ...rest }) =>
    path[0] === name ? [{ ...rest, path: path.slice(1) } as FetchDataRewrite] : [],
  );
  const field = context.position?.fields.get(name);
  const child = field?.child?.isNode === true ? field.child : undefined;
  const write = listWriter(
    anyObjectWriter(selections, { ...context, position: child, rewrites: inner }),
    // Nodes are arrays as well as lists are, so the number of lists has to be known; elsewhere the value shows it.
    child === undefined ? undefined : field?.listDepth,
  );
  return { prefix, read, write };
}

/** Reads a field by slot from a node, by name from an object of a subgraph. */
function reader(name: string, position: Position | undefined): (source: never) => unknown {
  if (position !== undefined) {
    const slot = position.fields.get(name)?.slot;
    return slot === undefined ? () => undefined : (node: ResponseNode) => node[slot];
  }
  if (isInheritedName(name)) return (object: Record<string, unknown>) => readOwn(object, name);
  return (object: Record<string, unknown>) => object[name];
}

/** Writes an object of any type: fragments are resolved once for each type that turns up. */
function anyObjectWriter(selections: readonly QueryPlanSelectionNode[], context: ObjectContext): JsonWriter {
  const hasFragments = selections.some(({ kind }) => kind !== 'Field');
  const compile = (typename: string | undefined) =>
    objectWriter(expandFragments(selections, { ...context, typename }), { ...context, typename });
  const untyped = compile(undefined);
  if (!hasFragments && context.rewrites.length === 0) return untyped;
  const readTypename = reader('__typename', context.position);
  const writers = new Map<string, JsonWriter>();
  return (source) => {
    const typename = readTypename(source as never);
    if (typeof typename !== 'string' || context.schema.getType(typename) === undefined)
      return untyped(source);
    let write = writers.get(typename);
    if (write === undefined) {
      write = compile(typename);
      writers.set(typename, write);
    }
    return write(source);
  };
}

function listWriter(write: JsonWriter, listDepth: number | undefined): JsonWriter {
  const writeValue = (value: unknown, depth: number | undefined): string | undefined => {
    if (value === undefined || typeof value === 'symbol') return undefined;
    if (value === null) return 'null';
    if (depth === undefined ? !Array.isArray(value) : depth === 0)
      return typeof value === 'object' ? write(value) : undefined;
    const items: string[] = [];
    for (const item of value as readonly unknown[]) {
      const text = writeValue(item, depth === undefined ? undefined : depth - 1);
      if (text === undefined) return undefined;
      items.push(text);
    }
    return `[${items.join(',')}]`;
  };
  return (value) => writeValue(value, listDepth);
}

function leafJson(value: unknown): string | undefined {
  return typeof value === 'number' ? String(value) : JSON.stringify(value);
}

/** A rewrite as it applies inside an object of a type: leading type conditions that hold are taken off. */
function rewriteInside(rewrite: FetchDataRewrite, { schema, typename }: TypeContext): FetchDataRewrite[] {
  let { path } = rewrite;
  while (path[0]?.startsWith(FRAGMENT_STEP) === true) {
    const condition = path[0].slice(FRAGMENT_STEP.length);
    if (typename !== undefined && !doesTypeConditionHold(schema, condition, typename)) return [];
    path = path.slice(1);
  }
  return path.length === 0 ? [] : [{ ...rewrite, path }];
}
