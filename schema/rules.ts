import { allow, and, hasScopes, hasUser, isAuthenticated, type RuleMap } from '../src/lib/rules.ts';

/**
 * Who may see what, by type and field: docs/rules.md.
 *
 * The gateway asks these rules before it plans an operation, the subgraphs ask them again of what they resolve, and
 * access directives of the SDL (`@authenticated`, `@requiresScopes`) hold besides. What neither names is refused.
 * Whether an object is the caller's own is for its subgraph to check: objects of others are absent.
 */

const readsPortfolio = and(hasUser, hasScopes('portfolio:read'));
const writesPortfolio = and(hasUser, hasScopes('portfolio:write'));
const readsWatchlist = and(hasUser, hasScopes('watchlist:read'));
const writesWatchlist = and(hasUser, hasScopes('watchlist:write'));
const readsResearch = and(isAuthenticated, hasScopes('analytics:pro'));

const rules: RuleMap = {
  Query: {
    // Market data and news, for everybody within the limits of their plan.
    token: allow,
    tokens: allow,
    tokenByDeployment: allow,
    tokensBySymbol: allow,
    searchTokens: allow,
    markets: allow,
    priceSeries: allow,
    chains: allow,
    supportedCurrencies: allow,
    marketOverview: allow,
    marketIndices: allow,
    marketIndex: allow,
    news: allow,
    newsArticle: allow,
    searchNews: allow,
    newsSources: allow,
    // Where a caller stands, at no cost; what his key has used.
    rateLimit: allow,
    apiUsage: isAuthenticated,
    // Dear to compute, or part of a plan.
    correlationMatrix: isAuthenticated,
    researchReports: readsResearch,
    // A user's own.
    me: hasUser,
    portfolio: readsPortfolio,
    watchlist: readsWatchlist,
    importJob: writesPortfolio,
    // Operators.
    priceProviders: hasScopes('platform:read'),
  },
  Mutation: {
    createPortfolio: writesPortfolio,
    updatePortfolio: writesPortfolio,
    deletePortfolio: writesPortfolio,
    addTransaction: writesPortfolio,
    deleteTransaction: writesPortfolio,
    importTransactions: writesPortfolio,
    saveWatchlist: writesWatchlist,
    refreshNewsSource: hasScopes('platform:write'),
  },

  User: {
    '*': hasUser,
    email: and(hasUser, hasScopes('profile:read')),
    portfolios: readsPortfolio,
    watchlists: readsWatchlist,
  },
  Portfolio: { '*': readsPortfolio, risk: and(hasUser, hasScopes(['portfolio:read', 'analytics:pro'])) },
  Holding: readsPortfolio,
  Transaction: readsPortfolio,
  Watchlist: readsWatchlist,
  ImportJob: writesPortfolio,
  ResearchReport: readsResearch,

  // `Token` is everybody's, also what further subgraphs add to it; directives of theirs hold besides.
  Token: {
    '*': allow,
    grades: readsResearch,
    signal: readsResearch,
  },
  ...open(
    // Pages and payloads: their nodes carry the rules.
    'AddTransactionPayload',
    'CreatePortfolioPayload',
    'DeletePortfolioPayload',
    'DeleteTransactionPayload',
    'HoldingConnection',
    'HoldingEdge',
    'ImportTransactionsPayload',
    'NewsArticleConnection',
    'NewsArticleEdge',
    'PageInfo',
    'PortfolioConnection',
    'PortfolioEdge',
    'RefreshNewsSourcePayload',
    'ResearchReportConnection',
    'ResearchReportEdge',
    'TokenConnection',
    'TokenEdge',
    'TransactionConnection',
    'TransactionEdge',
    'UpdatePortfolioPayload',
    'UserError',
    'WatchlistConnection',
    'WatchlistEdge',
    'WatchlistPayload',
    'WatchlistTokenConnection',
    'WatchlistTokenEdge',
    // Values: who may see one is decided where it is a field.
    'AllocationSlice',
    'BollingerBands',
    'Candle',
    'Correlation',
    'CorrelationMatrix',
    'GradeComponent',
    'ImportIssue',
    'IndexConstituent',
    'IndicatorPoint',
    'Macd',
    'Money',
    'PerformancePoint',
    'PortfolioPerformance',
    'PortfolioValue',
    'PriceLevel',
    'PricePoint',
    'PriceProviderStatus',
    'PriceSeries',
    'ProfitAndLoss',
    'RealizedPnl',
    'RiskMetrics',
    'Sentiment',
    'SentimentSummary',
    'TaxLot',
    'TechnicalIndicators',
    'TokenGrades',
    'TokenLinks',
    'TokenMarket',
    'TokenMention',
    'TokenPrice',
    'TradingSignal',
    // Market data and news.
    'Chain',
    'MarketIndex',
    'MarketOverview',
    'NewsArticle',
    'NewsSource',
    'TokenDeployment',
    // A caller's own: each is told of himself alone.
    'ApiUsage',
    'RateLimitStatus',
  ),
};

export default rules;

/** Types whose fields everybody may see who may see the field that leads to them. */
function open(...typeNames: readonly string[]): RuleMap {
  return Object.fromEntries(typeNames.map((name) => [name, allow]));
}
