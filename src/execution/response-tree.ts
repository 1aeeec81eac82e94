/**
 * An object that several fetches fill: one slot for each response name, the slot of `__typename` first.
 * Its layout is its position's.
 */
export type ResponseNode = unknown[];

/** Slot of `__typename` in every node. */
export const TYPENAME_SLOT = 0;

/** Stands in a node for a value whose form is wrong: an object where a list belongs, or the other way about. */
export const MALFORMED: unique symbol = Symbol('malformed');

/** A response name at a position. */
export interface PositionField {
  readonly name: string;
  readonly slot: number;
  /** How many lists are around the value: 2 for `[[Int]]`. */
  readonly listDepth: number;
  /** The position of the objects in this field; undefined for leaves. */
  readonly child: Position | undefined;
  /** The fetches that may bring it, by id. */
  readonly providers: Set<number>;
}

/**
 * A place in the response where objects stand, whatever list index: `products.reviews.author`.
 *
 * Objects that only one fetch brings stay as the subgraph sent them. Where several fetches meet, or one has to be
 * merged into what another brought, the objects are nodes of ours, so answers of subgraphs are never changed and one
 * answer may stand at many places.
 */
export class Position {
  readonly parent: Position | undefined;
  readonly fields = new Map<string, PositionField>();
  /** Whether the objects here are nodes of ours. */
  isNode = false;
  #provider: number | undefined;
  #emptyNode: ResponseNode | undefined;

  constructor(parent?: Position) {
    this.parent = parent;
  }

  /** The field of a response name, made if there is none yet. */
  addField(name: string, listDepth: number, isComposite: boolean): PositionField {
    const known = this.fields.get(name);
    if (known !== undefined) return known;
    const field: PositionField = {
      name,
      slot: name === '__typename' ? TYPENAME_SLOT : this.#nextSlot(),
      listDepth,
      child: isComposite ? new Position(this) : undefined,
      providers: new Set(),
    };
    this.fields.set(name, field);
    return field;
  }

  #nextSlot(): number {
    return this.fields.size + (this.fields.has('__typename') ? 0 : 1);
  }

  /** Notes that a fetch brings objects here; two fetches that do so make it a place of nodes. */
  addProvider(fetchId: number): void {
    if (this.#provider === undefined) this.#provider = fetchId;
    else if (this.#provider !== fetchId) this.makeNode();
  }

  /** Makes the objects here, and those around them, nodes of ours. */
  makeNode(): void {
    if (this.isNode) return;
    this.isNode = true;
    this.parent?.makeNode();
  }

  /** A node without values. All positions have to be complete by now. */
  createNode(): ResponseNode {
    // Cloning a filled array keeps one compact layout; setting slots one by one would not.
    this.#emptyNode ??= new Array<unknown>(this.fields.size + (this.fields.has('__typename') ? 0 : 1)).fill(
      undefined,
    );
    return this.#emptyNode.slice();
  }
}
