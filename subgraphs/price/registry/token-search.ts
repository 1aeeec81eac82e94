import MiniSearch from 'minisearch';
import type { RecordedToken } from '../recording/recording-set.ts';
import type { TokenRegistry } from './token-registry.ts';

/** Share of a term's length that a misspelt one may be away from it. */
const FUZZY_SHARE = 0.25;
/** Below this length a piece of an address matches too much to tell anything. */
const MIN_ADDRESS_PIECE = 6;

/** How well a token matches; a smaller rank is better. */
const RANK = { exact: 0, exactName: 1, prefix: 2, piece: 3 } as const;

interface SearchableToken {
  readonly token: RecordedToken;
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
  readonly addresses: readonly string[];
}

/** Finds tokens by what a user types, best first. */
export type TokenSearch = (query: string, limit: number) => readonly RecordedToken[];

/**
 * Makes the search over a registry. Best first: ticker, identifier or contract address hit exactly; the name;
 * the beginning of one of its words; a piece of them; misspelt names (edit distance, scored by BM25). Among equals
 * the registry's order decides, which is by size.
 */
export function createTokenSearch(registry: TokenRegistry): TokenSearch {
  const entries: readonly SearchableToken[] = registry.tokens.map((token) => ({
    token,
    id: token.id.toLowerCase(),
    symbol: token.symbol.toLowerCase(),
    name: token.name.toLowerCase(),
    addresses: registry
      .deploymentsOf(token.id)
      .flatMap(({ address, caip19 }) => [
        caip19.toLowerCase(),
        ...(address === null ? [] : [address.toLowerCase()]),
      ]),
  }));
  let fuzzyIndex: MiniSearch | undefined;

  return (query, limit) => {
    const wanted = query.trim().toLowerCase();
    const ranked = entries
      .map(({ token, ...fields }) => ({ token, rank: rankOf(fields, wanted) }))
      .filter(({ rank }) => rank !== undefined)
      .toSorted((a, b) => Number(a.rank) - Number(b.rank))
      .map(({ token }) => token);
    if (ranked.length >= limit) return ranked.slice(0, limit);
    fuzzyIndex ??= indexNames(registry.tokens);
    const found = new Set(ranked);
    for (const { id } of fuzzyIndex.search(wanted, { fuzzy: FUZZY_SHARE })) {
      const token = registry.token(id as string);
      if (token !== undefined) found.add(token);
    }
    return [...found].slice(0, limit);
  };
}

function rankOf(
  { id, symbol, name, addresses }: Omit<SearchableToken, 'token'>,
  wanted: string,
): number | undefined {
  if (symbol === wanted || id === wanted || addresses.includes(wanted)) return RANK.exact;
  if (name === wanted) return RANK.exactName;
  const words = [symbol, id, ...name.split(/[\s-]+/)];
  if (name.startsWith(wanted) || words.some((word) => word.startsWith(wanted))) return RANK.prefix;
  if ([symbol, id, name].some((field) => field.includes(wanted))) return RANK.piece;
  const isPieceOfAddress =
    wanted.length >= MIN_ADDRESS_PIECE && addresses.some((address) => address.includes(wanted));
  return isPieceOfAddress ? RANK.piece : undefined;
}

function indexNames(tokens: readonly RecordedToken[]): MiniSearch {
  const index = new MiniSearch({ fields: ['symbol', 'name', 'id'] });
  index.addAll(tokens);
  return index;
}
