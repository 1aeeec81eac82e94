import { runSubgraph } from '../shared/run-subgraph.ts';
import { defineNews } from './define-news.ts';
import { readFeedSettings } from './feeds/feed-settings.ts';

await runSubgraph({ name: 'news', defaultPort: 4204 }, async (settings, log) => {
  const { NEWS_FEEDS } = process.env;
  return defineNews(settings, log, NEWS_FEEDS ? { feeds: await readFeedSettings(NEWS_FEEDS) } : {});
});
