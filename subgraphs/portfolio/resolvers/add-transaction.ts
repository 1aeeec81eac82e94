import type { PortfolioContext } from '../context.ts';
import { addTransaction } from '../mutations/add-transaction.ts';
import type { AddTransactionInput } from '../mutations/add-transaction-input.ts';
import type { UserError } from '../mutations/user-error.ts';
import { findHolding } from './holding.ts';

/** `AddTransactionPayload`: what was made, by id, read again after the change. */
interface AddTransactionPayload {
  readonly transactionId?: string;
  readonly portfolioId?: string;
  readonly userErrors: readonly UserError[];
}

export const addTransactionResolvers = {
  Mutation: {
    async addTransaction(
      _parent: unknown,
      { input }: { readonly input: AddTransactionInput },
      { database, marketPrices, clock, caller, loaders }: PortfolioContext,
    ): Promise<AddTransactionPayload> {
      const nowMs = clock.now();
      const result = await addTransaction(input, { database, marketPrices, nowMs, userId: caller.userId });
      if ('userErrors' in result) return result;
      // Nothing read before the change may be served after it.
      loaders.portfolios.clearAll();
      loaders.portfoliosOfUser.clearAll();
      return { ...result, userErrors: [] };
    },
  },

  AddTransactionPayload: {
    transaction: ({ transactionId }: AddTransactionPayload, _args: unknown, { loaders }: PortfolioContext) =>
      transactionId === undefined ? null : loaders.transactions.load(transactionId),
    portfolio: ({ portfolioId }: AddTransactionPayload, _args: unknown, { loaders }: PortfolioContext) =>
      portfolioId === undefined ? null : loaders.portfolios.load(portfolioId),
    async holding({ transactionId }: AddTransactionPayload, _args: unknown, context: PortfolioContext) {
      if (transactionId === undefined) return null;
      const transaction = await context.loaders.transactions.load(transactionId);
      if (transaction === undefined) return null;
      const portfolio = await context.loaders.portfolios.load(transaction.portfolioId);
      return portfolio === undefined ? null : findHolding(portfolio, transaction.tokenId, context);
    },
  },
};
