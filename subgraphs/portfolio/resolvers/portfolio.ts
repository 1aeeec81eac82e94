import { badUserInput } from '../../shared/bad-user-input.ts';
import type { PortfolioContext } from '../context.ts';
import { externalFlow, quantityDelta } from '../ledger/external-flow.ts';
import { sumSales } from '../ledger/realized-pnl.ts';
import type { PortfolioRow } from '../loaders.ts';
import { findHolding } from './holding.ts';
import { DEFAULT_HOLDING_SORT, type HoldingSort, holdingsPage } from './holdings-page.ts';
import { type TransactionFilter, transactionsPage } from './transactions-page.ts';

interface HoldingsArgs {
  readonly first: number;
  readonly after?: string | null;
  readonly sort?: HoldingSort | null;
}

interface TransactionsArgs {
  readonly first: number;
  readonly after?: string | null;
  readonly filter?: TransactionFilter | null;
}

interface RealizedPnlArgs {
  readonly from?: Date | null;
  readonly to?: Date | null;
}

export const portfolioResolvers = {
  Portfolio: {
    __resolveReference: async ({ id }: { id: string }, { loaders }: PortfolioContext) =>
      (await loaders.portfolios.load(id)) ?? null,
    owner: ({ user_id }: PortfolioRow, _args: unknown, { loaders }: PortfolioContext) =>
      loaders.users.load(user_id),
    baseCurrency: ({ base_currency }: PortfolioRow) => base_currency,
    costBasisMethod: ({ cost_basis_method }: PortfolioRow) => cost_basis_method,
    createdAt: ({ created_at }: PortfolioRow) => created_at,
    updatedAt: ({ updated_at }: PortfolioRow) => updated_at,
    archivedAt: ({ archived_at }: PortfolioRow) => archived_at,

    async holdings(portfolio: PortfolioRow, args: HoldingsArgs, { loaders, cursors }: PortfolioContext) {
      const positions = await loaders.positions.load(portfolio);
      const sort = args.sort ?? DEFAULT_HOLDING_SORT;
      const symbols = new Map<string, string>();
      if (sort.field === 'SYMBOL') {
        const tokens = await Promise.all(Array.from(positions.keys(), (id) => loaders.tokens.load(id)));
        for (const token of tokens) if (token !== undefined) symbols.set(token.id, token.symbol);
      }
      const { first, after } = args;
      return holdingsPage({ portfolio, positions: positions.values(), symbols, sort, first, after, cursors });
    },

    holding: (portfolio: PortfolioRow, { tokenId }: { tokenId: string }, context: PortfolioContext) =>
      findHolding(portfolio, tokenId, context),

    transactions: ({ id }: PortfolioRow, args: TransactionsArgs, { database, cursors }: PortfolioContext) =>
      transactionsPage({ ...args, database, cursors, portfolioId: id }),

    async realizedPnl(portfolio: PortfolioRow, { from, to }: RealizedPnlArgs, { loaders }: PortfolioContext) {
      if (from != null && to != null && from > to) {
        throw badUserInput('Argument "from" must not be after "to".');
      }
      const { sales } = await loaders.books.load(portfolio);
      const { proceeds, costOfSales, pnl, saleCount } = sumSales(sales, from?.getTime(), to?.getTime());
      const currency = portfolio.base_currency;
      return {
        proceeds: { amount: proceeds, currency },
        costOfSales: { amount: costOfSales, currency },
        pnl: { amount: pnl, currency },
        saleCount,
      };
    },

    async positions(portfolio: PortfolioRow, _args: unknown, { loaders }: PortfolioContext) {
      const positions = await loaders.positions.load(portfolio);
      return Array.from(positions.values(), ({ quantity, tokenId }) => ({
        quantity,
        token: { id: tokenId },
      }));
    },

    async ledger(portfolio: PortfolioRow, _args: unknown, { loaders }: PortfolioContext) {
      const { transactions } = await loaders.books.load(portfolio);
      return transactions.map((transaction) => ({
        at: transaction.executedAtMs,
        quantityDelta: quantityDelta(transaction),
        externalFlow: externalFlow(transaction),
        token: { id: transaction.tokenId },
      }));
    },
  },
};
