import type { PortfolioContext } from '../context.ts';
import { type AddedTransaction, addTransaction } from '../mutations/add-transaction.ts';
import type { AddTransactionInput } from '../mutations/add-transaction-input.ts';
import { type DeletedTransaction, deleteTransaction } from '../mutations/delete-transaction.ts';
import { type ChangePayload, changeFor } from './change-context.ts';
import { findHolding } from './holding.ts';

type AddPayload = ChangePayload<AddedTransaction>;
type DeletePayload = ChangePayload<DeletedTransaction>;

function portfolioOf(
  { portfolioId }: AddPayload | DeletePayload,
  _args: unknown,
  { loaders }: PortfolioContext,
) {
  return portfolioId === undefined ? null : loaders.portfolios.load(portfolioId);
}

export const ledgerMutations = {
  Mutation: {
    addTransaction: (
      _parent: unknown,
      { input }: { readonly input: AddTransactionInput },
      context: PortfolioContext,
    ): Promise<AddPayload> => changeFor(context, (environment) => addTransaction(input, environment)),

    deleteTransaction: (
      _parent: unknown,
      { id }: { readonly id: string },
      context: PortfolioContext,
    ): Promise<DeletePayload> => changeFor(context, (environment) => deleteTransaction(id, environment)),
  },

  AddTransactionPayload: {
    transaction: ({ transactionId }: AddPayload, _args: unknown, { loaders }: PortfolioContext) =>
      transactionId === undefined ? null : loaders.transactions.load(transactionId),
    portfolio: portfolioOf,
    async holding({ transactionId }: AddPayload, _args: unknown, context: PortfolioContext) {
      if (transactionId === undefined) return null;
      const transaction = await context.loaders.transactions.load(transactionId);
      if (transaction === undefined) return null;
      const portfolio = await context.loaders.portfolios.load(transaction.portfolioId);
      return portfolio === undefined ? null : findHolding(portfolio, transaction.tokenId, context);
    },
  },

  DeleteTransactionPayload: {
    deletedTransactionId: ({ transactionId }: DeletePayload) => transactionId ?? null,
    portfolio: portfolioOf,
  },
};
