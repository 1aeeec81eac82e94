import { requireRange } from '../shared/bad-user-input.ts';
import type { Article } from './article.ts';
import type { SentimentLabel } from './ingest/classify-sentiment.ts';
import type { NewsTopic } from './ingest/topic-keywords.ts';
import type { NewsIndex } from './news-index.ts';

/** The input `NewsFilter`: all given conditions must hold; instants in the platform's time. */
export interface NewsFilter {
  readonly tokenIds?: readonly string[] | null;
  readonly topics?: readonly NewsTopic[] | null;
  readonly sourceIds?: readonly string[] | null;
  readonly languages?: readonly string[] | null;
  readonly sentiment?: SentimentLabel | null;
  readonly publishedFrom?: Date | null;
  readonly publishedBefore?: Date | null;
}

/** The most entries in one list of a filter. */
const MAX_FILTER_ENTRIES = 100;

/**
 * The articles that a filter lets through, newest first. An empty list lets none through: no article is of
 * one of no sources.
 *
 * @throws GraphQLError BAD_USER_INPUT for a list that is too long
 */
export function selectArticles(index: NewsIndex, filter: NewsFilter): readonly Article[] {
  for (const name of ['tokenIds', 'topics', 'sourceIds', 'languages'] as const) {
    requireRange(`filter.${name}.length`, filter[name]?.length ?? 0, 0, MAX_FILTER_ENTRIES);
  }
  const { tokenIds, topics, sourceIds, languages, sentiment, publishedFrom, publishedBefore } = filter;
  const fromMs = publishedFrom == null ? -Infinity : publishedFrom.getTime();
  const beforeMs = publishedBefore == null ? Infinity : publishedBefore.getTime();
  const candidates = tokenIds == null ? index.articles : index.articlesOf(tokenIds);
  return candidates.filter(
    (article) =>
      article.publishedAtMs >= fromMs &&
      article.publishedAtMs < beforeMs &&
      (topics == null || topics.some((topic) => article.topics.includes(topic))) &&
      (sourceIds == null || sourceIds.includes(article.sourceId)) &&
      (languages == null || languages.some((range) => isInLanguageRange(article.language, range))) &&
      (sentiment == null || article.sentiment?.label === sentiment),
  );
}

/** Basic filtering of RFC 4647, section 3.3.1: `en` lets `en` and `en-GB` through. */
function isInLanguageRange(language: string, range: string): boolean {
  const [tag, prefix] = [language.toLowerCase(), range.toLowerCase()];
  return prefix === '*' || tag === prefix || tag.startsWith(`${prefix}-`);
}
