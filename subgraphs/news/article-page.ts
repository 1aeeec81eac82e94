import { type Connection, connectionOf } from '../shared/connection.ts';
import type { Article } from './article.ts';
import { compareNewestFirst } from './ingest/ingest.ts';
import { isPublished, type NewsContext } from './news-context.ts';

/** The most articles on one page. */
export const MAX_ARTICLES_PER_PAGE = 50;

/** The paging arguments of every list of articles. */
export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

/**
 * A page of those articles that are out, newest first. Cursors hold recorded time and id, so that they stay
 * right when articles come in, and when the recording moves on to the next day.
 *
 * @param list - names the list; a cursor of another one is refused with BAD_USER_INPUT
 * @param articles - newest first
 */
export function pageOfArticles(
  list: string,
  articles: readonly Article[],
  { first, after }: PageArguments,
  context: NewsContext,
): Connection<Article> {
  return connectionOf({
    items: articles.filter((article) => isPublished(article, context)),
    list,
    positionOf: ({ publishedAtMs, id }) => [String(publishedAtMs), id],
    isAfter: (article, [publishedAtMs = '', id = '']) =>
      compareNewestFirst(article, { publishedAtMs: Number(publishedAtMs), id }) > 0,
    cursors: context.cursors,
    first,
    after,
    maxFirst: MAX_ARTICLES_PER_PAGE,
  });
}
