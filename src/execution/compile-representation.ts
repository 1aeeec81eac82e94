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
  /** Whether the value is the same in every representation. */
  readonly isConstant: boolean;
}

/** Writes the representations of one type. */
interface RepresentationWriter {
  readonly write: JsonWriter;
  /** The slots that tell two representations apart, when leaves alone do. */
  readonly leafSlots: readonly number[] | undefined;
}

const FRAGMENT_STEP = '... on ';

/**
 * Builds the JSON text of representations, straight from the nodes of entities.
 *
 * A key that is null is sent. An entity that lacks a required field, or a `__typename`, has no representation: a
 * subgraph could not tell it from another one.
 */
export class RepresentationBuilder {
  readonly #requires: readonly QueryPlanSelectionNode[];
  readonly #position: Position;
  readonly #rewrites: readonly FetchDataRewrite[];
  readonly #schema: GraphQLSchema;
  readonly #writers = new Map<string, RepresentationWriter>();

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

  /** @returns undefined when entities of this type have no representation */
  writerOf(typename: unknown): RepresentationWriter | undefined {
    if (typeof typename !== 'string') return undefined;
    const known = this.#writers.get(typename);
    if (known !== undefined || this.#schema.getType(typename) === undefined) return known;
    const writer = this.#compile(typename);
    this.#writers.set(typename, writer);
    return writer;
  }

  /** Fragments that match stand for themselves: one that is incomplete adds nothing, the others still do. */
  #compile(typename: string): RepresentationWriter {
    const context = {
      schema: this.#schema,
      typename,
      position: this.#position,
      rewrites: rewritesInside(this.#rewrites, { schema: this.#schema, typename }),
    };
    const groups = this.#requires
      .map((selection) => expandFragments([selection], context))
      .filter((fields) => fields.length > 0);
    const all = groups.flat();
    if (!isIdentified(all)) return { write: () => undefined, leafSlots: undefined };
    const members = compileMembers(all, context);
    const write = membersWriter(members);
    if (groups.length === 1) return { write, leafSlots: leafSlotsOf(all, members, this.#position) };
    const alternatives = groups.map((fields) => ({
      fields,
      write: membersWriter(compileMembers(fields, context)),
    }));
    const writeRest = (node: unknown): string | undefined => {
      const rest = alternatives.filter(({ write: isComplete }) => isComplete(node) !== undefined);
      const fields = rest.flatMap((alternative) => alternative.fields);
      return isIdentified(fields) ? membersWriter(compileMembers(fields, context))(node) : undefined;
    };
    return { write: (node) => write(node) ?? writeRest(node), leafSlots: undefined };
  }
}

/** The representations of one request, no two alike. Entities are told apart before their text is written. */
export class RepresentationSet {
  /** The JSON text of each representation. */
  readonly texts: string[] = [];
  readonly #builder: RepresentationBuilder;
  readonly #byText = new Map<string, number>();
  readonly #byLeaves = new Map<unknown, Map<unknown, unknown>>();

  constructor(builder: RepresentationBuilder) {
    this.#builder = builder;
  }

  /** @returns the index of the entity's representation; -1 when it has none */
  add(node: ResponseNode): number {
    const writer = this.#builder.writerOf(node[TYPENAME_SLOT]);
    if (writer === undefined) return -1;
    const { leafSlots } = writer;
    return leafSlots === undefined ? this.#addText(writer, node) : this.#addLeaves(writer, leafSlots, node);
  }

  /** Most keys are one or two leaves: a walk through maps finds a repetition without writing its text. */
  #addLeaves(writer: RepresentationWriter, leafSlots: readonly number[], node: ResponseNode): number {
    let key: unknown = node[TYPENAME_SLOT];
    let level: Map<unknown, unknown> = this.#byLeaves;
    for (let index = 0; index < leafSlots.length; index += 1) {
      let next = level.get(key) as Map<unknown, unknown> | undefined;
      if (next === undefined) {
        next = new Map();
        level.set(key, next);
      }
      level = next;
      key = node[leafSlots[index] as number];
      if (typeof key === 'object' && key !== null) return this.#addText(writer, node);
    }
    const known = level.get(key) as number | undefined;
    if (known !== undefined) return known;
    const added = this.#addText(writer, node);
    if (added >= 0) level.set(key, added);
    return added;
  }

  #addText(writer: RepresentationWriter, node: ResponseNode): number {
    const text = writer.write(node);
    if (text === undefined) return -1;
    let index = this.#byText.get(text);
    if (index === undefined) {
      index = this.texts.push(text) - 1;
      this.#byText.set(text, index);
    }
    return index;
  }
}

function isIdentified(fields: readonly QueryPlanFieldNode[]): boolean {
  return fields.some(({ name }) => name === '__typename');
}

/** The type tells representations apart as well, but it is known by then. */
function leafSlotsOf(
  fields: readonly QueryPlanFieldNode[],
  members: readonly Member[],
  position: Position,
): readonly number[] | undefined {
  if (fields.some(({ selections = [] }) => selections.length > 0)) return undefined;
  const names = new Set(fields.map(responseName));
  const slots = [...names].map((name) => position.fields.get(name)?.slot);
  const leafSlots = slots.filter(
    (slot, index) => slot !== TYPENAME_SLOT && members[index]?.isConstant !== true,
  );
  return leafSlots.length > 0 && leafSlots.every((slot) => slot !== undefined) ? leafSlots : undefined;
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

function compileMembers(fields: readonly QueryPlanFieldNode[], context: ObjectContext): Member[] {
  return [...Map.groupBy(fields, responseName)].map(([name, same]) => compileMember(name, same, context));
}

function membersWriter(members: readonly Member[]): JsonWriter {
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
    return { prefix, read, write: () => constant, isConstant: true };
  }
  const selections = same.flatMap((field) => field.selections ?? []);
  if (selections.length === 0) return { prefix, read, write: leafJson, isConstant: false };
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
  return { prefix, read, write, isConstant: false };
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
    membersWriter(
      compileMembers(expandFragments(selections, { ...context, typename }), {
        ...context,
        typename,
        rewrites: rewritesInside(context.rewrites, { ...context, typename }),
      }),
    );
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

/** The rewrites as they apply inside an object of a type: leading type conditions that hold are taken off. */
function rewritesInside(
  rewrites: readonly FetchDataRewrite[],
  { schema, typename }: TypeContext,
): FetchDataRewrite[] {
  return rewrites.flatMap((rewrite) => {
    let { path } = rewrite;
    while (path[0]?.startsWith(FRAGMENT_STEP) === true) {
      const condition = path[0].slice(FRAGMENT_STEP.length);
      if (typename !== undefined && !doesTypeConditionHold(schema, condition, typename)) return [];
      path = path.slice(1);
    }
    return path.length === 0 ? [] : [{ ...rewrite, path }];
  });
}
