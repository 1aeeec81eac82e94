import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import type { Logger } from 'pino';
import rules from '../../schema/rules.ts';
import { createCursorCodec } from '../shared/cursor.ts';
import { GraphQLCurrencyCode, GraphQLDateTime, GraphQLDecimal } from '../shared/scalars.ts';
import type { SubgraphDefinition } from '../shared/server.ts';
import { createServiceTokenSigner } from '../shared/service-token.ts';
import { SettingsError, type SubgraphSettings } from '../shared/settings.ts';
import type { AnalyticsContext } from './context.ts';
import { keepMarketData } from './market/market-data.ts';
import { holdingResolvers } from './resolvers/holding.ts';
import { marketIndexResolvers } from './resolvers/market-index.ts';
import { portfolioResolvers } from './resolvers/portfolio.ts';
import { queryResolvers } from './resolvers/query.ts';
import { researchReportResolvers } from './resolvers/research-report.ts';
import { tokenResolvers } from './resolvers/token.ts';

const schemaFile = new URL('../../schema/analytics.graphql', import.meta.url);

/**
 * Makes the analytics subgraph. It begins to copy the price subgraph's documents at once and holds nothing else;
 * the copies stand in the state directory too, for a start while that subgraph is down.
 *
 * @throws SettingsError without a key to read the price subgraph with
 */
export async function defineAnalytics(
  { priceUrl, serviceKeyFile, cursorKey, stateDir }: SubgraphSettings,
  log: Logger,
): Promise<SubgraphDefinition<AnalyticsContext>> {
  if (serviceKeyFile === undefined) {
    throw new SettingsError('SERVICE_KEY: the analytics subgraph needs its key file to read market data.');
  }
  const cursors = createCursorCodec(cursorKey);
  const signToken = await createServiceTokenSigner(serviceKeyFile, 'price');
  const folder = join(stateDir, 'analytics');
  await mkdir(folder, { recursive: true });
  const marketData = keepMarketData({ priceUrl, signToken, log, folder });
  void marketData.ready.then(() => log.info('market data is there'));
  return {
    name: 'analytics',
    schemaFile,
    rules,
    resolvers: {
      Decimal: GraphQLDecimal,
      DateTime: GraphQLDateTime,
      CurrencyCode: GraphQLCurrencyCode,
      Query: queryResolvers,
      Token: tokenResolvers,
      Holding: holdingResolvers,
      Portfolio: portfolioResolvers,
      MarketIndex: marketIndexResolvers,
      ResearchReport: researchReportResolvers,
    },
    createContext(caller) {
      const version = marketData.current();
      return {
        caller,
        cursors,
        market() {
          if (version === undefined) throw new Error('no copy of market data yet');
          return version;
        },
      };
    },
    notReadyBecause: () =>
      marketData.current() === undefined ? 'waiting for market data of the price subgraph' : undefined,
    close: marketData.close,
  };
}
