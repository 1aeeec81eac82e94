import type { GraphQLResolverMap } from '@apollo/subgraph';
import { GraphQLCurrencyCode, GraphQLDateTime, GraphQLDecimal, GraphQLUrl } from '../../shared/scalars.ts';
import type { PriceContext } from '../price-context.ts';
import { candleResolvers } from './candles.ts';
import { chainResolvers, tokenDeploymentResolvers } from './deployment.ts';
import { holdingResolvers } from './holding.ts';
import { portfolioResolvers, portfolioValueResolvers } from './portfolio.ts';
import { providerStatusResolvers } from './provider-status.ts';
import { queryResolvers } from './query.ts';
import { tokenResolvers } from './token.ts';
import { tokenMarketResolvers } from './token-market.ts';
import { tokenPriceResolvers } from './token-price.ts';

/** All resolvers of the price subgraph, by type. */
export const priceResolvers = {
  Decimal: GraphQLDecimal,
  DateTime: GraphQLDateTime,
  URL: GraphQLUrl,
  CurrencyCode: GraphQLCurrencyCode,
  Query: queryResolvers,
  Token: tokenResolvers,
  PriceProviderStatus: providerStatusResolvers,
  TokenPrice: tokenPriceResolvers,
  Candle: candleResolvers,
  TokenMarket: tokenMarketResolvers,
  TokenDeployment: tokenDeploymentResolvers,
  Chain: chainResolvers,
  Holding: holdingResolvers,
  Portfolio: portfolioResolvers,
  PortfolioValue: portfolioValueResolvers,
} as GraphQLResolverMap<PriceContext>;
