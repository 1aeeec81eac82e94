import { badUserInput, requireRange } from '../../shared/bad-user-input.ts';
import type { Connection } from '../../shared/connection.ts';
import type { Decimal } from '../../shared/decimal.ts';
import { type HistoryRange, RANGE_MS } from '../history/history-range.ts';
import { marketPage, type TokenFilter, type TokenSort } from '../market/market-page.ts';
import { requireHistory } from '../plan-limits.ts';
import type { PriceContext } from '../price-context.ts';
import { quoteTokenOf, SUPPORTED_CURRENCIES } from '../quotes/quote-currency.ts';
import type { RecordedChain, RecordedToken } from '../recording/recording-set.ts';

const MAX_TOKENS = 250;
const MAX_SEARCH_RESULTS = 50;
const MIN_SEARCH_LENGTH = 2;
const MAX_SEARCH_LENGTH = 100;
const MAX_SERIES = 20;

interface MarketsArguments {
  readonly first: number;
  readonly after?: string | null;
  readonly filter?: TokenFilter | null;
  readonly sort?: TokenSort | null;
  readonly currency: string;
}

interface PriceSeriesArguments {
  readonly tokenIds: readonly string[];
  readonly range: HistoryRange;
  readonly currency: string;
}

interface PriceSeriesParent {
  readonly token: RecordedToken;
  readonly currency: string;
  readonly interval: string;
  readonly points: readonly { readonly at: Date; readonly value: Decimal | null }[];
}

/** Resolvers of the root fields. */
export const queryResolvers = {
  token(_root: unknown, { id }: { id: string }, { registry }: PriceContext): RecordedToken | null {
    return registry.token(id) ?? null;
  },

  tokens(
    _root: unknown,
    { ids }: { ids: readonly string[] },
    { registry }: PriceContext,
  ): (RecordedToken | null)[] {
    requireListSize('ids', ids, MAX_TOKENS);
    return ids.map((id) => registry.token(id) ?? null);
  },

  tokenByDeployment(
    _root: unknown,
    { caip19 }: { caip19: string },
    { registry }: PriceContext,
  ): RecordedToken | null {
    const deployment = registry.deployment(caip19);
    return deployment === undefined ? null : (registry.token(deployment.tokenId) ?? null);
  },

  async tokensBySymbol(
    _root: unknown,
    { symbol }: { symbol: string },
    { registry, marketTable }: PriceContext,
  ): Promise<readonly RecordedToken[]> {
    const tokens = registry.tokensBySymbol(symbol);
    if (tokens.length < 2) return tokens;
    const table = await marketTable();
    const rankOf = ({ id }: RecordedToken): number => table.get(id)?.rank ?? Number.MAX_SAFE_INTEGER;
    return tokens.toSorted((a, b) => rankOf(a) - rankOf(b));
  },

  searchTokens(
    _root: unknown,
    { query, first }: { query: string; first: number },
    { search }: PriceContext,
  ): readonly RecordedToken[] {
    requireRange('first', first, 1, MAX_SEARCH_RESULTS);
    const { length } = query.trim();
    if (length < MIN_SEARCH_LENGTH || length > MAX_SEARCH_LENGTH) {
      throw badUserInput(
        `Argument "query" expects ${MIN_SEARCH_LENGTH} to ${MAX_SEARCH_LENGTH} characters, found ${length}.`,
      );
    }
    return search(query, first);
  },

  async markets(
    _root: unknown,
    { first, after, filter, sort, currency }: MarketsArguments,
    { marketTable, registry, cursors }: PriceContext,
  ): Promise<Connection<RecordedToken>> {
    // All currencies order alike, since one rate turns every value into another's: only its name is checked.
    quoteTokenOf(currency);
    return marketPage({ table: await marketTable(), registry, cursors, first, after, filter, sort });
  },

  async priceSeries(
    _root: unknown,
    { tokenIds, range, currency }: PriceSeriesArguments,
    { caller, clock, history, registry }: PriceContext,
  ): Promise<PriceSeriesParent[]> {
    requireListSize('tokenIds', tokenIds, MAX_SERIES);
    requireHistory(caller.tier, RANGE_MS[range], clock.now());
    const tokens = [...new Set(tokenIds)].flatMap((id) => registry.token(id) ?? []);
    const grid = await history.grid(
      tokens.map(({ id }) => id),
      range,
      currency,
    );
    return tokens.map((token) => ({
      token,
      currency,
      interval: grid.interval,
      points: grid.ends.map((endMs) => ({ at: new Date(endMs), value: grid.closeAt(token.id, endMs) })),
    }));
  },

  chains: (_root: unknown, _args: unknown, { registry }: PriceContext): readonly RecordedChain[] =>
    registry.chains,

  priceProviders: (_root: unknown, _args: unknown, { providerStatuses }: PriceContext) => providerStatuses(),

  supportedCurrencies: (): readonly string[] => SUPPORTED_CURRENCIES,
};

function requireListSize(name: string, values: readonly string[], max: number): void {
  if (values.length > max) {
    throw badUserInput(`Argument "${name}" takes at most ${max} identifiers, found ${values.length}.`);
  }
}
