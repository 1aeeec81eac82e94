import type { GraphQLResolverMap } from '@apollo/subgraph';
import { GraphQLCurrencyCode, GraphQLDateTime, GraphQLDecimal } from '../../shared/scalars.ts';
import type { PortfolioContext } from '../context.ts';
import { holdingResolvers } from './holding.ts';
import { importJobResolvers } from './import-job.ts';
import { ledgerMutations } from './ledger-mutations.ts';
import { portfolioResolvers } from './portfolio.ts';
import { portfolioMutations } from './portfolio-mutations.ts';
import { queryResolvers } from './query.ts';
import { tokenResolvers } from './token.ts';
import { transactionResolvers } from './transaction.ts';
import { userResolvers } from './user.ts';
import { watchlistResolvers } from './watchlist.ts';

/** The resolvers of `schema/portfolio.graphql`, by type and field. */
export const resolvers: GraphQLResolverMap<PortfolioContext> = {
  Decimal: GraphQLDecimal,
  DateTime: GraphQLDateTime,
  CurrencyCode: GraphQLCurrencyCode,
  ...queryResolvers,
  ...ledgerMutations,
  ...portfolioMutations,
  ...importJobResolvers,
  Mutation: {
    ...ledgerMutations.Mutation,
    ...portfolioMutations.Mutation,
    ...importJobResolvers.Mutation,
  },
  ...userResolvers,
  ...portfolioResolvers,
  ...holdingResolvers,
  ...transactionResolvers,
  ...tokenResolvers,
  ...watchlistResolvers,
};
