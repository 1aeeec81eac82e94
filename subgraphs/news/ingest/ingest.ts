import type { Article } from '../article.ts';
import type { NewsRecording } from '../load-recording.ts';
import { classifySentiment } from './classify-sentiment.ts';
import { classifyTopics } from './classify-topics.ts';
import { foldDuplicates } from './fold-duplicates.ts';
import { matchTokens } from './match-tokens.ts';
import { normaliseItem } from './normalise-item.ts';
import type { TokenDictionary } from './token-dictionary.ts';

/**
 * The pipeline from what sources published to articles: normalise → fold duplicates → match tokens →
 * classify topics and sentiment. Pure: the same recording and dictionary give the same articles.
 *
 * @returns newest first, by time and id
 */
export function ingest({ sources, items }: NewsRecording, dictionary: TokenDictionary): Article[] {
  const sourceById = new Map(sources.map((source) => [source.id, source]));
  const normalised = items.map(normaliseItem).filter((item) => item !== undefined);
  const articles: Article[] = [];
  for (const { item, duplicatesPublishedAtMs } of foldDuplicates(normalised)) {
    const source = sourceById.get(item.sourceId);
    if (source === undefined) throw new Error(`The item ${item.url} is of no known source.`);
    const text = item.summary === null ? item.title : `${item.title}. ${item.summary}`;
    articles.push({
      ...item,
      source,
      duplicatesPublishedAtMs,
      topics: classifyTopics(item),
      mentions: matchTokens(item, dictionary),
      sentiment: classifySentiment(text, item.language),
    });
  }
  return articles.sort(compareNewestFirst);
}

/** What decides an article's place in a feed. */
export type FeedPosition = Pick<Article, 'publishedAtMs' | 'id'>;

/** Orders by time, newest first; articles of one instant by id, so that the order is total. */
export function compareNewestFirst(a: FeedPosition, b: FeedPosition): number {
  if (a.publishedAtMs !== b.publishedAtMs) return b.publishedAtMs - a.publishedAtMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}
