import { connectionOf } from '../../shared/connection.ts';
import type { PortfolioContext } from '../context.ts';
import type { WatchlistRow, WatchlistTokenRow } from '../loaders.ts';
import { MAX_WATCHLIST_TOKENS } from '../mutations/limits.ts';
import type { TokenReference } from './money.ts';

function referenceOf({ token_id }: WatchlistTokenRow): TokenReference {
  return { id: token_id };
}

export const watchlistResolvers = {
  Watchlist: {
    __resolveReference: async ({ id }: { id: string }, { loaders }: PortfolioContext) =>
      (await loaders.watchlists.load(id)) ?? null,
    updatedAt: ({ updated_at }: WatchlistRow) => updated_at,

    async tokens(
      { id }: WatchlistRow,
      { first, after }: { readonly first: number; readonly after?: string | null },
      { loaders, cursors }: PortfolioContext,
    ) {
      const page = connectionOf<WatchlistTokenRow>({
        items: await loaders.watchlistTokens.load(id),
        list: `watchlist ${id}`,
        positionOf: ({ position, token_id }) => [String(position), token_id],
        isAfter: ({ position }, [last]) => position > Number(last),
        cursors,
        first,
        after,
        maxFirst: MAX_WATCHLIST_TOKENS,
      });
      return {
        ...page,
        edges: page.edges.map(({ cursor, node }) => ({
          cursor,
          node: referenceOf(node),
          addedAt: node.added_at,
        })),
        nodes: page.nodes.map(referenceOf),
      };
    },
  },
};
