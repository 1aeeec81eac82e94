import type { Article, ItemAnalysis } from '../article.ts';
import type { NewsSource } from '../load-recording.ts';
import { classifySentiment } from './classify-sentiment.ts';
import { classifyTopics } from './classify-topics.ts';
import { matchTokens } from './match-tokens.ts';
import { type FeedItem, type NormalisedItem, normaliseItem } from './normalise-item.ts';
import { type SeenItem, toPlatformMs } from './seen-item.ts';
import type { Story } from './story-book.ts';
import type { TokenDictionary } from './token-dictionary.ts';

/** The items of a recording: each was seen when it was published. */
export function takeRecordedItems(items: readonly FeedItem[]): SeenItem[] {
  return items.flatMap((item) => {
    const normalised = normaliseItem(item);
    return normalised === undefined
      ? []
      : [{ ...normalised, firstSeenAtMs: normalised.publishedAtMs, basis: 'RECORDED' }];
  });
}

/**
 * The items of a feed.
 *
 * @param seenAtMs - now, in the platform's time
 */
export function takeFeedItems(items: readonly FeedItem[], seenAtMs: number): SeenItem[] {
  return items.flatMap((item) => {
    const normalised = normaliseItem(item);
    return normalised === undefined ? [] : [{ ...normalised, firstSeenAtMs: seenAtMs, basis: 'PLATFORM' }];
  });
}

/** What an item says: tokens, topics and tone. Pure: the same item and dictionary give the same analysis. */
export function analyseItem(item: NormalisedItem, dictionary: TokenDictionary): ItemAnalysis {
  const text = item.summary === null ? item.title : `${item.title}. ${item.summary}`;
  return {
    topics: classifyTopics(item),
    mentions: matchTokens(item, dictionary),
    sentiment: classifySentiment(text, item.language),
  };
}

export interface ArticleParts {
  readonly story: Story;
  readonly source: NewsSource;
  readonly analysis: ItemAnalysis;
  /** The platform's time less the recording's, in milliseconds. */
  readonly offsetMs: number;
}

/** An article in the platform's time. */
export function articleOf({
  story: { item, duplicates },
  source,
  analysis,
  offsetMs,
}: ArticleParts): Article {
  return {
    ...item,
    ...analysis,
    source,
    publishedAtMs: toPlatformMs(item.basis, item.publishedAtMs, offsetMs),
    firstSeenAtMs: toPlatformMs(item.basis, item.firstSeenAtMs, offsetMs),
    duplicatesPublishedAtMs: duplicates
      .map(({ basis, publishedAtMs }) => toPlatformMs(basis, publishedAtMs, offsetMs))
      .sort((a, b) => a - b),
  };
}

/** What decides an article's place in a feed. */
export type FeedPosition = Pick<Article, 'publishedAtMs' | 'id'>;

/** Orders by time, newest first; articles of one instant by id, so that the order is total. */
export function compareNewestFirst(a: FeedPosition, b: FeedPosition): number {
  if (a.publishedAtMs !== b.publishedAtMs) return b.publishedAtMs - a.publishedAtMs;
  if (a.id === b.id) return 0;
  return a.id < b.id ? 1 : -1;
}
