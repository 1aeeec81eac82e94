import { type Connection, connectionOf } from '../../shared/connection.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { Decimal } from '../../shared/decimal.ts';
import type { Position } from '../ledger/compute-book.ts';
import type { PortfolioRow } from '../loaders.ts';
import type { HoldingNode } from './holding.ts';

const MAX_HOLDINGS = 250;

/** `HoldingSort`. */
export interface HoldingSort {
  readonly field: 'COST_BASIS' | 'LAST_ACTIVITY' | 'SYMBOL';
  readonly direction: 'ASC' | 'DESC';
}

/** The order of `holdings` without the argument. */
export const DEFAULT_HOLDING_SORT: HoldingSort = { field: 'COST_BASIS', direction: 'DESC' };

export interface HoldingsPageOptions {
  readonly portfolio: PortfolioRow;
  readonly positions: Iterable<Position>;
  /** Tickers by token. */
  readonly symbols: ReadonlyMap<string, string>;
  readonly sort: HoldingSort;
  readonly first: number;
  readonly after: string | null | undefined;
  readonly cursors: CursorCodec;
}

/** Sort key as text, and what breaks ties. */
type HoldingPosition = readonly string[];

const comparers: Readonly<Record<HoldingSort['field'], (a: string, b: string) => number>> = {
  COST_BASIS: (a, b) => new Decimal(a).cmp(b),
  LAST_ACTIVITY: (a, b) => Number(a) - Number(b),
  SYMBOL: compareCodePoints,
};

/** UTF-8 keeps the order of code points, UTF-16 does not. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

/**
 * A page of holdings in an order that needs no prices; equal sort keys stand by token id.
 *
 * @throws GraphQLError BAD_USER_INPUT for `first` out of range or a cursor of another list
 */
export function holdingsPage(options: HoldingsPageOptions): Connection<HoldingNode> {
  const { portfolio, symbols, sort, cursors, first, after } = options;
  const sortKeyOf: Record<HoldingSort['field'], (position: Position) => string> = {
    COST_BASIS: ({ costBasis }) => costBasis.toFixed(),
    LAST_ACTIVITY: ({ lastActivityAtMs }) => String(lastActivityAtMs),
    SYMBOL: ({ tokenId }) => symbols.get(tokenId) ?? '',
  };
  const sign = sort.direction === 'ASC' ? 1 : -1;
  const compare = ([keyA = '', idA = '']: HoldingPosition, [keyB = '', idB = '']: HoldingPosition) =>
    sign * comparers[sort.field](keyA, keyB) || compareCodePoints(idA, idB);
  const items = Array.from(options.positions, (position) => ({
    node: { portfolio, position },
    place: [sortKeyOf[sort.field](position), position.tokenId] as HoldingPosition,
  })).sort((a, b) => compare(a.place, b.place));

  const page = connectionOf({
    items,
    list: `holdings ${portfolio.id} ${sort.field} ${sort.direction}`,
    positionOf: ({ place }) => place,
    isAfter: ({ place }, position) => compare(place, position) > 0,
    cursors,
    first,
    after,
    maxFirst: MAX_HOLDINGS,
  });
  return {
    ...page,
    edges: page.edges.map(({ cursor, node }) => ({ cursor, node: node.node })),
    nodes: page.nodes.map(({ node }) => node),
  };
}
