import { requireRange } from './bad-user-input.ts';
import type { CursorCodec } from './cursor.ts';

/** A page after the Relay Cursor Connections specification, with `nodes` beside `edges`. */
export interface Connection<Node> {
  readonly edges: readonly { readonly cursor: string; readonly node: Node }[];
  readonly nodes: readonly Node[];
  readonly pageInfo: {
    readonly hasNextPage: boolean;
    readonly hasPreviousPage: boolean;
    readonly startCursor: string | null;
    readonly endCursor: string | null;
  };
  readonly totalCount: number;
}

export interface ConnectionOptions<Node> {
  /** All nodes of the list, in its order. */
  readonly items: readonly Node[];
  /** Names the list and its order; part of what a cursor is signed for. */
  readonly list: string;
  /** The position of a node: sort key and id, the same for the same node for ever. */
  readonly positionOf: (node: Node) => readonly string[];
  /** Whether a node comes after a position, in the list's order. Also right when that node has gone since. */
  readonly isAfter: (node: Node, position: readonly string[]) => boolean;
  readonly cursors: CursorCodec;
  readonly first: number;
  readonly after?: string | null | undefined;
  readonly maxFirst: number;
}

/**
 * Cuts a page out of an ordered list. Cursors name positions, not indices: a page stays right when nodes are
 * inserted or removed in between.
 *
 * @throws GraphQLError BAD_USER_INPUT for `first` out of range or a cursor of another list
 */
export function connectionOf<Node>(options: ConnectionOptions<Node>): Connection<Node> {
  const { items, list, positionOf, isAfter, cursors } = options;
  const first = requireRange('first', options.first, 1, options.maxFirst);
  let start = 0;
  if (options.after != null) {
    const position = cursors.decode(list, options.after);
    const found = items.findIndex((item) => isAfter(item, position));
    start = found === -1 ? items.length : found;
  }
  const nodes = items.slice(start, start + first);
  const edges = nodes.map((node) => ({ cursor: cursors.encode(list, positionOf(node)), node }));
  return {
    edges,
    nodes,
    pageInfo: {
      hasNextPage: start + first < items.length,
      hasPreviousPage: start > 0,
      startCursor: edges[0]?.cursor ?? null,
      endCursor: edges.at(-1)?.cursor ?? null,
    },
    totalCount: items.length,
  };
}
