import { mkdir } from 'node:fs/promises';
import type { Logger } from 'pino';
import rules from '../../schema/rules.ts';
import { createClock } from '../shared/clock.ts';
import { createCursorCodec } from '../shared/cursor.ts';
import { keepMarketCopy } from '../shared/market-copy.ts';
import { GraphQLDateTime, GraphQLDecimal, GraphQLUrl } from '../shared/scalars.ts';
import type { SubgraphDefinition } from '../shared/server.ts';
import { createServiceTokenSigner } from '../shared/service-token.ts';
import { SettingsError, type SubgraphSettings } from '../shared/settings.ts';
import { chooseSubgraphEngine } from '../shared/subgraph-engine.ts';
import { createFeedReader } from './feeds/feed-reader.ts';
import type { FeedSettings } from './feeds/feed-settings.ts';
import { CLASSIFIER } from './ingest/classify-sentiment.ts';
import { TOPIC_RULES } from './ingest/classify-topics.ts';
import { loadRecording, type NewsRecording } from './load-recording.ts';
import { createNewsContext, type NewsContext } from './news-context.ts';
import { createNewsDesk } from './news-desk.ts';
import { Mutation } from './resolvers/mutation.ts';
import { NewsArticle, NewsSource, TokenMention } from './resolvers/news-article.ts';
import { Portfolio } from './resolvers/portfolio.ts';
import { Query } from './resolvers/query.ts';
import { Token } from './resolvers/token.ts';
import { openNewsStore } from './storage/news-store.ts';

const RECORDING = new URL('recordings/us-government-2026/', import.meta.url);

export interface NewsOptions {
  /** What was published; the recording of the repository by default. */
  readonly recording?: NewsRecording;
  /** Sources that are read from their feeds; none by default. */
  readonly feeds?: readonly FeedSettings[];
  /** The system's time in milliseconds, for the modes `shift` and `loop` and for the pace of feeds. */
  readonly systemNow?: () => number;
}

/**
 * The news subgraph: articles, the tokens that they name, and their tone; what feeds have brought is kept in the
 * state directory or in PostgreSQL.
 *
 * @throws SettingsError without SERVICE_KEY: the registry of tokens comes from the price subgraph
 */
export async function defineNews(
  settings: SubgraphSettings,
  log: Logger,
  { recording, feeds: feedSettings = [], systemNow = Date.now }: NewsOptions = {},
): Promise<SubgraphDefinition<NewsContext>> {
  if (settings.serviceKeyFile === undefined) {
    throw new SettingsError(
      "SERVICE_KEY: expected the file with this subgraph's private key, found nothing.",
    );
  }
  const clock = createClock(settings.clockMode, systemNow);
  const cursors = createCursorCodec(settings.cursorKey);
  const signToken = await createServiceTokenSigner(settings.serviceKeyFile, 'price');
  const recorded = recording ?? (await loadRecording(RECORDING));
  await mkdir(settings.stateDir, { recursive: true });
  const store = await openNewsStore(chooseSubgraphEngine('news', settings));
  const desk = await createNewsDesk({ recording: recorded, feedSources: feedSettings, store });
  const tokens = keepMarketCopy({
    route: '/internal/tokens',
    priceUrl: settings.priceUrl,
    signToken,
    log,
    onChange(document) {
      desk.readTokens(document.tokens);
      log.info(
        {
          classifier: CLASSIFIER,
          topics: TOPIC_RULES,
          articles: desk.articleCount,
          tokens: document.tokens.length,
        },
        'read the news',
      );
    },
  });

  const feeds = createFeedReader({
    feeds: feedSettings,
    desk,
    now: () => clock.now(),
    systemNow,
    log,
  });

  return {
    name: 'news',
    schemaFile: new URL('../../schema/news.graphql', import.meta.url),
    rules,
    resolvers: {
      DateTime: GraphQLDateTime,
      Decimal: GraphQLDecimal,
      URL: GraphQLUrl,
      Query,
      Mutation,
      NewsArticle,
      NewsSource,
      Portfolio,
      Token,
      TokenMention,
    },
    createContext: (caller) => createNewsContext({ desk, feeds, clock, cursors }, caller),
    notReadyBecause: () =>
      desk.isReady ? undefined : 'the registry of tokens has not come from the price subgraph yet',
    describeHealth: () => ({ articles: desk.articleCount, feeds: feeds.states }),
    async close() {
      tokens.close();
      await feeds.close();
      await store.close();
    },
  };
}
