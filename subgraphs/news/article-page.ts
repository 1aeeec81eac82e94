import { type Connection, connectionOf } from '../shared/connection.ts';
import type { Article } from './article.ts';
import { compareNewestFirst } from './ingest/ingest.ts';
import { type TimeBasis, toPlatformMs } from './ingest/seen-item.ts';
import { isPublished, type NewsContext } from './news-context.ts';

/** The most articles on one page. */
export const MAX_ARTICLES_PER_PAGE = 50;

/** The paging arguments of every list of articles. */
export interface PageArguments {
  readonly first: number;
  readonly after?: string | null;
}

/**
 * A page of those articles that are out, newest first. Cursors hold the id and the time as it was published, so
 * that they stay right when articles come in, and when the recording moves on to the next day.
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
  const { offsetMs, cursors } = context;
  return connectionOf({
    items: articles.filter((article) => isPublished(article, context)),
    list,
    positionOf: ({ basis, publishedAtMs, id }) => [
      basis,
      String(publishedAtMs - toPlatformMs(basis, 0, offsetMs)),
      id,
    ],
    isAfter: (article, [basis = '', publishedAtMs = '', id = '']) =>
      compareNewestFirst(article, {
        publishedAtMs: toPlatformMs(basis as TimeBasis, Number(publishedAtMs), offsetMs),
        id,
      }) > 0,
    cursors,
    first,
    after,
    maxFirst: MAX_ARTICLES_PER_PAGE,
  });
}
