import MiniSearch from 'minisearch';
import type { Article } from './article.ts';
import { compareNewestFirst } from './ingest/ingest.ts';

/** Articles by id, by token and by word; immutable, built anew when articles or tokens change. */
export interface NewsIndex {
  /** Newest first. */
  readonly articles: readonly Article[];
  articleById(id: string): Article | undefined;
  /** The articles that mention at least one of the tokens, newest first. */
  articlesOf(tokenIds: readonly string[]): readonly Article[];
  /** Articles whose headline or summary has all words of the query, best first (BM25+, then newest first). */
  search(query: string): Article[];
}

/** Letters that may be wrong in a word, as a share of its length. */
const FUZZINESS = 0.2;
const MIN_FUZZY_LENGTH = 5;
/** How much more a word counts in the headline than in the summary. */
const TITLE_BOOST = 2;

/** The words of articles; it grows with them, since reading thousands anew takes most of a second. */
export interface WordIndex {
  add(item: IndexedText): void;
  remove(id: string): void;
  /** Ids, each with its score. */
  search(query: string): readonly { readonly id: string; readonly score: number }[];
}

/** What of an article can be searched. */
export type IndexedText = Pick<Article, 'id' | 'title' | 'summary'>;

export function createWordIndex(): WordIndex {
  const words = new MiniSearch<IndexedText>({
    fields: ['title', 'summary'],
    searchOptions: {
      boost: { title: TITLE_BOOST },
      combineWith: 'AND',
      prefix: true,
      fuzzy: (term) => (term.length >= MIN_FUZZY_LENGTH ? FUZZINESS : false),
    },
  });
  return {
    add(item) {
      if (!words.has(item.id)) words.add(item);
    },
    remove(id) {
      if (words.has(id)) words.discard(id);
    },
    search: (query) => words.search(query).map(({ id, score }) => ({ id: String(id), score })),
  };
}

/**
 * @param articles - newest first
 * @param words - of these articles; what it finds besides is not of this edition
 */
export function createNewsIndex(articles: readonly Article[], words: WordIndex): NewsIndex {
  const byId = new Map(articles.map((article) => [article.id, article]));
  const byToken = new Map<string, Article[]>();
  for (const article of articles) {
    for (const { tokenId } of article.mentions) {
      const ofToken = byToken.get(tokenId) ?? [];
      ofToken.push(article);
      byToken.set(tokenId, ofToken);
    }
  }
  return {
    articles,
    articleById: (id) => byId.get(id),
    articlesOf(tokenIds) {
      const [only] = tokenIds;
      if (only !== undefined && tokenIds.length === 1) return byToken.get(only) ?? [];
      const found = new Set(tokenIds.flatMap((tokenId) => byToken.get(tokenId) ?? []));
      return [...found].sort(compareNewestFirst);
    },
    search(query) {
      const scored = words.search(query).flatMap(({ id, score }) => {
        const article = byId.get(id);
        return article === undefined ? [] : [{ article, score }];
      });
      return scored
        .sort((a, b) => b.score - a.score || compareNewestFirst(a.article, b.article))
        .map(({ article }) => article);
    },
  };
}
