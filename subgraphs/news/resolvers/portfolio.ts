import { type PageArguments, pageOfArticles } from '../article-page.ts';
import type { SentimentLabel } from '../ingest/classify-sentiment.ts';
import type { NewsContext } from '../news-context.ts';

/**
 * A portfolio as the gateway hands it over. Whose it is has been settled where it came from: the portfolio
 * subgraph gives `positions` to their owner alone, and nobody but the gateway can call this one.
 */
interface PortfolioRepresentation {
  readonly id: string;
  readonly positions: readonly { readonly token: { readonly id: string } }[];
}

export const Portfolio = {
  news(
    { id, positions }: PortfolioRepresentation,
    { sentiment, ...page }: PageArguments & { readonly sentiment?: SentimentLabel | null },
    context: NewsContext,
  ) {
    const tokenIds = [...new Set(positions.map(({ token }) => token.id))];
    const articles = context.edition.index
      .articlesOf(tokenIds)
      .filter((article) => sentiment == null || article.sentiment?.label === sentiment);
    return pageOfArticles(`portfolio:${id}`, articles, page, context);
  },
};
