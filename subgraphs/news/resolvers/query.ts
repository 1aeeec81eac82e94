import { badUserInput, requireRange } from '../../shared/bad-user-input.ts';
import { MAX_ARTICLES_PER_PAGE, type PageArguments, pageOfArticles } from '../article-page.ts';
import { isPublished, type NewsContext } from '../news-context.ts';
import { type NewsFilter, selectArticles } from '../select-articles.ts';

const MIN_QUERY_LENGTH = 2;
const MAX_QUERY_LENGTH = 200;

export const Query = {
  news(
    _root: unknown,
    { filter, ...page }: PageArguments & { readonly filter?: NewsFilter | null },
    context: NewsContext,
  ) {
    return pageOfArticles('news', selectArticles(context.edition.index, filter ?? {}), page, context);
  },

  newsArticle(_root: unknown, { id }: { readonly id: string }, context: NewsContext) {
    return findPublished(id, context);
  },

  searchNews(
    _root: unknown,
    { query, first }: { readonly query: string; readonly first: number },
    context: NewsContext,
  ) {
    requireRange('first', first, 1, MAX_ARTICLES_PER_PAGE);
    const words = query.trim();
    if (words.length < MIN_QUERY_LENGTH || words.length > MAX_QUERY_LENGTH) {
      throw badUserInput(
        `Argument "query" must have ${MIN_QUERY_LENGTH} to ${MAX_QUERY_LENGTH} characters, found ${words.length}.`,
      );
    }
    return context.edition.index
      .search(words)
      .filter((article) => isPublished(article, context))
      .slice(0, first);
  },

  newsSources(_root: unknown, _args: unknown, { desk }: NewsContext) {
    return desk.sources;
  },
};

/** An article that is out, or null. */
export function findPublished(id: string, context: NewsContext) {
  const article = context.edition.index.articleById(id);
  return article !== undefined && isPublished(article, context) ? article : null;
}
