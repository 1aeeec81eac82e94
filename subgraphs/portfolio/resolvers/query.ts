import type { PortfolioContext } from '../context.ts';

export const queryResolvers = {
  Query: {
    me: async (_parent: unknown, _args: unknown, { caller, loaders }: PortfolioContext) =>
      caller.userId === undefined ? null : ((await loaders.users.load(caller.userId)) ?? null),
    portfolio: async (_parent: unknown, { id }: { readonly id: string }, { loaders }: PortfolioContext) =>
      (await loaders.portfolios.load(id)) ?? null,
    importJob: async (_parent: unknown, { id }: { readonly id: string }, { loaders }: PortfolioContext) =>
      (await loaders.importJobs.load(id)) ?? null,
    watchlist: async (_parent: unknown, { id }: { readonly id: string }, { loaders }: PortfolioContext) =>
      (await loaders.watchlists.load(id)) ?? null,
  },
};
