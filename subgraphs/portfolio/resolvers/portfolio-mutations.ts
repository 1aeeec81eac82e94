import type { PortfolioContext } from '../context.ts';
import { type CreatePortfolioInput, createPortfolio } from '../mutations/create-portfolio.ts';
import { deletePortfolio } from '../mutations/delete-portfolio.ts';
import { type SaveWatchlistInput, saveWatchlist } from '../mutations/save-watchlist.ts';
import { type UpdatePortfolioInput, updatePortfolio } from '../mutations/update-portfolio.ts';
import { type ChangePayload, changeFor } from './change-context.ts';

/** What was made or changed or is gone, by id. */
type Payload = ChangePayload<{ readonly id: string }>;

interface InputArgs<Input> {
  readonly input: Input;
}

function portfolioOf({ id }: Payload, _args: unknown, { loaders }: PortfolioContext) {
  return id === undefined ? null : loaders.portfolios.load(id);
}

export const portfolioMutations = {
  Mutation: {
    createPortfolio: (
      _parent: unknown,
      { input }: InputArgs<CreatePortfolioInput>,
      context: PortfolioContext,
    ): Promise<Payload> => changeFor(context, (environment) => createPortfolio(input, environment)),

    updatePortfolio: (
      _parent: unknown,
      { input }: InputArgs<UpdatePortfolioInput>,
      context: PortfolioContext,
    ): Promise<Payload> => changeFor(context, (environment) => updatePortfolio(input, environment)),

    deletePortfolio: (
      _parent: unknown,
      { id }: { readonly id: string },
      context: PortfolioContext,
    ): Promise<Payload> => changeFor(context, (environment) => deletePortfolio(id, environment)),

    saveWatchlist: (
      _parent: unknown,
      { input }: InputArgs<SaveWatchlistInput>,
      context: PortfolioContext,
    ): Promise<Payload> => changeFor(context, (environment) => saveWatchlist(input, environment)),
  },

  CreatePortfolioPayload: { portfolio: portfolioOf },
  UpdatePortfolioPayload: { portfolio: portfolioOf },
  DeletePortfolioPayload: { deletedPortfolioId: ({ id }: Payload) => id ?? null },
  WatchlistPayload: {
    watchlist: ({ id }: Payload, _args: unknown, { loaders }: PortfolioContext) =>
      id === undefined ? null : loaders.watchlists.load(id),
  },
};
