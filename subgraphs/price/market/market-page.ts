import { badUserInput } from '../../shared/bad-user-input.ts';
import { type Connection, connectionOf } from '../../shared/connection.ts';
import type { CursorCodec } from '../../shared/cursor.ts';
import { Decimal } from '../../shared/decimal.ts';
import type { RecordedToken } from '../recording/recording-set.ts';
import type { TokenRegistry } from '../registry/token-registry.ts';
import type { MarketRow, MarketTable } from './market-table.ts';

const MAX_FIRST = 250;
const MAX_FILTER_VALUES = 50;

export interface TokenFilter {
  readonly categories?: readonly string[] | null;
  readonly chainIds?: readonly string[] | null;
  readonly minMarketCapUsd?: Decimal | null;
  readonly statuses?: readonly RecordedToken['status'][] | null;
}

export interface TokenSort {
  readonly field: 'MARKET_CAP' | 'VOLUME_24H' | 'CHANGE_24H' | 'NAME';
  readonly direction: 'ASC' | 'DESC';
}

const DEFAULT_FILTER: TokenFilter = { statuses: ['ACTIVE'] };
const DEFAULT_SORT: TokenSort = { field: 'MARKET_CAP', direction: 'DESC' };

/** What a page of the market is cut from, and how. */
export interface MarketPageRequest {
  readonly table: MarketTable;
  readonly registry: TokenRegistry;
  readonly cursors: CursorCodec;
  readonly filter?: TokenFilter | null | undefined;
  readonly sort?: TokenSort | null | undefined;
  readonly first: number;
  readonly after?: string | null | undefined;
}

/** A token with what it is ordered by: decimal text, a name, or null where that is not known. */
interface SortableToken {
  readonly token: RecordedToken;
  readonly key: string | null;
}

/**
 * Cuts a page out of the filtered and sorted market. Tokens whose sort key is not known come last in either
 * direction, by identifier; equal keys are ordered by identifier too, so that every cursor names one place.
 *
 * @throws GraphQLError BAD_USER_INPUT for `first`, a cursor or a filter that is out of bounds
 */
export function marketPage(request: MarketPageRequest): Connection<RecordedToken> {
  const { table, registry, cursors, first, after } = request;
  const filter = request.filter ?? DEFAULT_FILTER;
  const sort = request.sort ?? DEFAULT_SORT;
  requireFilterSize('categories', filter.categories);
  requireFilterSize('chainIds', filter.chainIds);
  const compare = comparison(sort);
  const keyOf = (token: RecordedToken): string | null => sortKey(token, table.get(token.id), sort.field);
  const items = registry.tokens
    .filter((token) => matches(token, table.get(token.id), filter, registry))
    .map((token): SortableToken => ({ token, key: keyOf(token) }))
    .toSorted((a, b) => compare(a.key, b.key) || compareIds(a.token.id, b.token.id));
  const page = connectionOf({
    items,
    list: `markets:${sort.field}:${sort.direction}`,
    // A known key is marked by its first character, so that an unknown one is not mistaken for an empty name.
    positionOf: ({ token, key }) => [key === null ? '' : `=${key}`, token.id],
    isAfter: ({ token, key }, [marked = '', id = '']) =>
      (compare(key, marked === '' ? null : marked.slice(1)) || compareIds(token.id, id)) > 0,
    cursors,
    first,
    after,
    maxFirst: MAX_FIRST,
  });
  return {
    ...page,
    edges: page.edges.map(({ cursor, node }) => ({ cursor, node: node.token })),
    nodes: page.nodes.map(({ token }) => token),
  };
}

function requireFilterSize(name: string, values: readonly string[] | null | undefined): void {
  if (values != null && values.length > MAX_FILTER_VALUES) {
    throw badUserInput(
      `Argument "filter.${name}" takes at most ${MAX_FILTER_VALUES} values, found ${values.length}.`,
    );
  }
}

function matches(
  token: RecordedToken,
  row: MarketRow | undefined,
  { categories, chainIds, minMarketCapUsd, statuses }: TokenFilter,
  registry: TokenRegistry,
): boolean {
  if (statuses != null && !statuses.includes(token.status)) return false;
  if (categories != null && !token.categories.some((category) => categories.includes(category))) return false;
  if (minMarketCapUsd != null && !row?.marketCapUsd?.greaterThanOrEqualTo(minMarketCapUsd)) return false;
  return (
    chainIds == null || registry.deploymentsOf(token.id).some(({ chainId }) => chainIds.includes(chainId))
  );
}

function sortKey(token: RecordedToken, row: MarketRow | undefined, field: TokenSort['field']): string | null {
  switch (field) {
    case 'NAME':
      return token.name;
    case 'MARKET_CAP':
      return row?.marketCapUsd?.toFixed() ?? null;
    case 'VOLUME_24H':
      return row?.statistics?.volume24hUsd?.toFixed() ?? null;
    case 'CHANGE_24H': {
      const { amount, dayAgo } = row?.quote ?? { amount: null, dayAgo: null };
      return amount === null || dayAgo === null || dayAgo.isZero() ? null : changeKey(amount, dayAgo);
    }
  }
}

/** Fraction digits of a change as a sort key: enough to tell any two changes apart, short enough for a cursor. */
const CHANGE_PLACES = 30;

function changeKey(amount: Decimal, dayAgo: Decimal): string {
  return amount.dividedBy(dayAgo).minus(1).toDecimalPlaces(CHANGE_PLACES).toFixed();
}

type KeyComparison = (a: string | null, b: string | null) => number;

/** Orders keys; a key that is not known stands behind all others in both directions. */
function comparison({ field, direction }: TokenSort): KeyComparison {
  const sign = direction === 'ASC' ? 1 : -1;
  const compareKnown =
    field === 'NAME' ? compareCodePoints : (a: string, b: string) => new Decimal(a).comparedTo(b);
  return (a, b) => {
    if (a === null || b === null) return Number(a === null) - Number(b === null);
    return sign * compareKnown(a, b);
  };
}

/** UTF-8 keeps the order of code points, which UTF-16, and so `<`, does not. */
function compareCodePoints(a: string, b: string): number {
  return Buffer.compare(Buffer.from(a), Buffer.from(b));
}

function compareIds(a: string, b: string): number {
  return a < b ? -1 : Number(a > b);
}
