import { connectionOf } from '../../shared/connection.ts';
import type { PortfolioContext } from '../context.ts';
import type { PortfolioRow, UserRow, WatchlistRow } from '../loaders.ts';
import { MAX_PORTFOLIOS, MAX_WATCHLISTS } from '../mutations/limits.ts';

interface PageArgs {
  readonly first: number;
  readonly after?: string | null;
}

/** What the pages of lists in the user's own order share. */
const inOwnOrder = {
  positionOf: ({ position, id }: PortfolioRow | WatchlistRow) => [String(position), id],
  isAfter: ({ position }: PortfolioRow | WatchlistRow, [after]: readonly string[]) =>
    position > Number(after),
};

export const userResolvers = {
  User: {
    /** Nobody learns of another user. */
    __resolveReference: async ({ id }: { id: string }, { caller, loaders }: PortfolioContext) =>
      id === caller.userId ? ((await loaders.users.load(id)) ?? null) : null,
    displayName: ({ display_name }: UserRow) => display_name,
    defaultCurrency: ({ default_currency }: UserRow) => default_currency,
    createdAt: ({ created_at }: UserRow) => created_at,

    async portfolios(
      { id }: UserRow,
      { first, after, includeArchived }: PageArgs & { readonly includeArchived: boolean },
      { loaders, cursors }: PortfolioContext,
    ) {
      const portfolios = await loaders.portfoliosOfUser.load(id);
      return connectionOf<PortfolioRow>({
        ...inOwnOrder,
        items: portfolios.filter(({ archived_at }) => includeArchived || archived_at === null),
        list: `portfolios ${id}`,
        cursors,
        first,
        after,
        maxFirst: MAX_PORTFOLIOS,
      });
    },

    async watchlists({ id }: UserRow, { first, after }: PageArgs, { loaders, cursors }: PortfolioContext) {
      return connectionOf<WatchlistRow>({
        ...inOwnOrder,
        items: await loaders.watchlistsOfUser.load(id),
        list: `watchlists ${id}`,
        cursors,
        first,
        after,
        maxFirst: MAX_WATCHLISTS,
      });
    },
  },
};
