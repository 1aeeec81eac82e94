import type { PortfolioContext } from '../context.ts';
import type { Transaction } from '../storage/ledger-rows.ts';
import type { Money, TokenReference } from './money.ts';

/** An amount of a transaction is in its portfolio's base currency. */
async function inBaseCurrency(
  { portfolioId }: Transaction,
  amount: Money['amount'] | null,
  { loaders }: PortfolioContext,
): Promise<Money | null> {
  if (amount === null) return null;
  const portfolio = await loaders.portfolios.load(portfolioId);
  return portfolio === undefined ? null : { amount, currency: portfolio.base_currency };
}

export const transactionResolvers = {
  Transaction: {
    __resolveReference: async ({ id }: { id: string }, { loaders }: PortfolioContext) =>
      (await loaders.transactions.load(id)) ?? null,
    portfolio: ({ portfolioId }: Transaction, _args: unknown, { loaders }: PortfolioContext) =>
      loaders.portfolios.load(portfolioId),
    token: ({ tokenId }: Transaction): TokenReference => ({ id: tokenId }),
    deployment: ({ deploymentId }: Transaction) => (deploymentId === null ? null : { caip19: deploymentId }),
    unitPrice: (transaction: Transaction, _args: unknown, context: PortfolioContext) =>
      inBaseCurrency(transaction, transaction.unitPrice, context),
    fee: (transaction: Transaction, _args: unknown, context: PortfolioContext) =>
      inBaseCurrency(transaction, transaction.fee, context),
    executedAt: ({ executedAtMs }: Transaction) => executedAtMs,
    createdAt: ({ createdAtMs }: Transaction) => createdAtMs,
  },
};
