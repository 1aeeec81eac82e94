/* eslint-disable */
import * as types from './graphql.js';



/**
 * Map of all GraphQL operations in the project.
 *
 * This map has several performance disadvantages:
 * 1. It is not tree-shakeable, so it will include all operations in the project.
 * 2. It is not minifiable, so the string of a GraphQL query will be multiple times inside the bundle.
 * 3. It does not support dead code elimination, so it will add unused operations.
 *
 * Therefore it is highly recommended to use the babel or swc plugin for production.
 * Learn more about it here: https://the-guild.dev/graphql/codegen/plugins/presets/preset-client#reducing-bundle-size
 */
type Documents = {
    "query Dashboard($portfolioId: ID!) {\n  portfolio(id: $portfolioId) {\n    id\n    name\n    baseCurrency\n    totalValue {\n      value {\n        amount\n        currency\n      }\n      change24h {\n        amount\n      }\n      change24hRatio\n      asOf\n      unpricedTokens {\n        id\n        symbol\n      }\n    }\n    holdings(first: 20) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount\n    }\n  }\n  marketOverview {\n    totalMarketCap {\n      amount\n      currency\n    }\n    marketCapChange24h\n    dominance {\n      weight\n      token {\n        id\n        symbol\n        name\n      }\n    }\n  }\n}": typeof types.DashboardDocument,
    "fragment HoldingRow on Holding {\n  id\n  quantity\n  costBasis {\n    amount\n  }\n  value {\n    amount\n  }\n  unrealizedPnl {\n    amount {\n      amount\n    }\n    ratio\n  }\n  token {\n    id\n    symbol\n    name\n    price {\n      amount\n      currency\n      change24h\n      stale\n    }\n    sparkline(range: ONE_WEEK, points: 24)\n  }\n}": typeof types.HoldingRowFragmentDoc,
    "query MoreHoldings($portfolioId: ID!, $after: String!) {\n  portfolio(id: $portfolioId) {\n    id\n    holdings(first: 20, after: $after) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}": typeof types.MoreHoldingsDocument,
};
const documents: Documents = {
    "query Dashboard($portfolioId: ID!) {\n  portfolio(id: $portfolioId) {\n    id\n    name\n    baseCurrency\n    totalValue {\n      value {\n        amount\n        currency\n      }\n      change24h {\n        amount\n      }\n      change24hRatio\n      asOf\n      unpricedTokens {\n        id\n        symbol\n      }\n    }\n    holdings(first: 20) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount\n    }\n  }\n  marketOverview {\n    totalMarketCap {\n      amount\n      currency\n    }\n    marketCapChange24h\n    dominance {\n      weight\n      token {\n        id\n        symbol\n        name\n      }\n    }\n  }\n}": types.DashboardDocument,
    "fragment HoldingRow on Holding {\n  id\n  quantity\n  costBasis {\n    amount\n  }\n  value {\n    amount\n  }\n  unrealizedPnl {\n    amount {\n      amount\n    }\n    ratio\n  }\n  token {\n    id\n    symbol\n    name\n    price {\n      amount\n      currency\n      change24h\n      stale\n    }\n    sparkline(range: ONE_WEEK, points: 24)\n  }\n}": types.HoldingRowFragmentDoc,
    "query MoreHoldings($portfolioId: ID!, $after: String!) {\n  portfolio(id: $portfolioId) {\n    id\n    holdings(first: 20, after: $after) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}": types.MoreHoldingsDocument,
};

/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query Dashboard($portfolioId: ID!) {\n  portfolio(id: $portfolioId) {\n    id\n    name\n    baseCurrency\n    totalValue {\n      value {\n        amount\n        currency\n      }\n      change24h {\n        amount\n      }\n      change24hRatio\n      asOf\n      unpricedTokens {\n        id\n        symbol\n      }\n    }\n    holdings(first: 20) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n      totalCount\n    }\n  }\n  marketOverview {\n    totalMarketCap {\n      amount\n      currency\n    }\n    marketCapChange24h\n    dominance {\n      weight\n      token {\n        id\n        symbol\n        name\n      }\n    }\n  }\n}"): typeof import('./graphql.js').DashboardDocument;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "fragment HoldingRow on Holding {\n  id\n  quantity\n  costBasis {\n    amount\n  }\n  value {\n    amount\n  }\n  unrealizedPnl {\n    amount {\n      amount\n    }\n    ratio\n  }\n  token {\n    id\n    symbol\n    name\n    price {\n      amount\n      currency\n      change24h\n      stale\n    }\n    sparkline(range: ONE_WEEK, points: 24)\n  }\n}"): typeof import('./graphql.js').HoldingRowFragmentDoc;
/**
 * The graphql function is used to parse GraphQL queries into a document that can be used by GraphQL clients.
 */
export function graphql(source: "query MoreHoldings($portfolioId: ID!, $after: String!) {\n  portfolio(id: $portfolioId) {\n    id\n    holdings(first: 20, after: $after) {\n      nodes {\n        ...HoldingRow\n      }\n      pageInfo {\n        hasNextPage\n        endCursor\n      }\n    }\n  }\n}"): typeof import('./graphql.js').MoreHoldingsDocument;


export function graphql(source: string) {
  return (documents as any)[source] ?? {};
}
