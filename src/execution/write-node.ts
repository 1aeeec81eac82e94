import type { GraphQLSchema } from 'graphql';
import type { FetchSelections, FieldOccurrence, ObjectSelection } from './fetch-selection.ts';
import { isInheritedName, readOwn } from './own-property.ts';
import {
  MALFORMED,
  type Position,
  type PositionField,
  type ResponseNode,
  TYPENAME_SLOT,
} from './response-tree.ts';
import { doesTypeConditionHold } from './type-conditions.ts';

type JsonObject = Readonly<Record<string, unknown>>;

/** How one field of an answer gets into a node. */
class FieldWriter {
  readonly key: string;
  readonly isInherited: boolean;
  readonly slot: number;
  readonly listDepth: number;
  /** Writes the objects of the field into nodes; undefined when the value is taken over as it is. */
  readonly nodes: NodeWriter | undefined;

  constructor(key: string, field: PositionField, nodes: NodeWriter | undefined) {
    this.key = key;
    this.isInherited = isInheritedName(key);
    this.slot = field.slot;
    this.listDepth = field.listDepth;
    this.nodes = nodes;
  }
}

/**
 * Writes objects of one fetch's answer into the nodes of a position: what the fetch selected for the type of the
 * object, and nothing else, so a subgraph cannot overwrite what it was not asked for.
 */
export class NodeWriter {
  readonly position: Position;
  readonly #selections: FetchSelections;
  readonly #schema: GraphQLSchema;
  readonly #occurrences: readonly FieldOccurrence[];
  /** Without type conditions one list of fields serves every type. */
  readonly #isUniform: boolean;
  #fieldsOfAnyType: readonly FieldWriter[] | undefined;
  readonly #fieldsByType = new Map<string, readonly FieldWriter[]>();

  constructor(
    selections: FetchSelections,
    objects: readonly ObjectSelection[],
    position: Position,
    schema: GraphQLSchema,
  ) {
    this.position = position;
    this.#selections = selections;
    this.#schema = schema;
    this.#occurrences = objects.flatMap((selection) => selections.occurrences(selection));
    this.#isUniform = this.#occurrences.every(({ typeConditions }) => typeConditions.length === 0);
  }

  /** Writes an object into a node; a field that the object lacks leaves the node as it was. */
  write(node: ResponseNode, object: JsonObject): void {
    const fields = this.#isUniform
      ? this.#anyType()
      : this.#fieldsOf(object.__typename ?? node[TYPENAME_SLOT]);
    for (let index = 0; index < fields.length; index += 1) {
      const field = fields[index] as FieldWriter;
      const value = field.isInherited ? readOwn(object, field.key) : object[field.key];
      if (value === undefined || (field.slot === TYPENAME_SLOT && this.#isLessExact(value, node))) continue;
      node[field.slot] =
        field.nodes === undefined ? value : field.nodes.#merge(node[field.slot], value, field.listDepth);
    }
  }

  /** An interface object answers with the name of the interface; the node may know better already. */
  #isLessExact(typename: unknown, node: ResponseNode): boolean {
    const known = node[TYPENAME_SLOT];
    return (
      typeof known === 'string' &&
      typeof typename === 'string' &&
      known !== typename &&
      doesTypeConditionHold(this.#schema, typename, known)
    );
  }

  /** Merges a value into what is there: lists of equal length by index, objects field by field, else the new wins. */
  #merge(existing: unknown, value: unknown, listDepth: number): unknown {
    if (value === null) return null;
    if (listDepth > 0) {
      if (!Array.isArray(value)) return MALFORMED;
      const old = Array.isArray(existing) && existing.length === value.length ? existing : undefined;
      const list = new Array<unknown>(value.length);
      for (let index = 0; index < value.length; index += 1) {
        list[index] = this.#merge(old?.[index], value[index], listDepth - 1);
      }
      return list;
    }
    if (typeof value !== 'object' || Array.isArray(value)) return MALFORMED;
    const node = Array.isArray(existing) ? existing : this.position.createNode();
    this.write(node, value as JsonObject);
    return node;
  }

  #fieldsOf(typename: unknown): readonly FieldWriter[] {
    if (typeof typename !== 'string') return this.#anyType();
    const known = this.#fieldsByType.get(typename);
    if (known !== undefined) return known;
    // A name that no type has is the subgraph's invention: it is not kept, and counts as a match everywhere.
    if (this.#schema.getType(typename) === undefined) return this.#anyType();
    const fields = this.#compile(
      this.#occurrences.filter(({ typeConditions }) =>
        typeConditions.every((condition) => doesTypeConditionHold(this.#schema, condition, typename)),
      ),
    );
    this.#fieldsByType.set(typename, fields);
    return fields;
  }

  #anyType(): readonly FieldWriter[] {
    this.#fieldsOfAnyType ??= this.#compile(this.#occurrences);
    return this.#fieldsOfAnyType;
  }

  #compile(occurrences: readonly FieldOccurrence[]): FieldWriter[] {
    const byKey = Map.groupBy(occurrences, ({ key }) => key);
    return [...byKey.values()].map((same) => {
      const [{ key, name }] = same as [FieldOccurrence];
      const field = this.position.fields.get(name) as PositionField;
      const nodes =
        field.child?.isNode === true
          ? new NodeWriter(
              this.#selections,
              same.flatMap(({ objects }) => objects ?? []),
              field.child,
              this.#schema,
            )
          : undefined;
      return new FieldWriter(key, field, nodes);
    });
  }
}
