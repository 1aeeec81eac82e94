import { DAY_MS } from '../../shared/clock.ts';
import { type PageArguments, pageOfArticles } from '../article-page.ts';
import type { NewsContext } from '../news-context.ts';
import { summariseSentiment } from '../sentiment-summary.ts';

/** A token as the price subgraph owns it; ticker and name are there on the way from a mention alone. */
interface TokenReference {
  readonly id: string;
}

const WINDOW_MS = { ONE_DAY: DAY_MS, ONE_WEEK: 7 * DAY_MS, ONE_MONTH: 30 * DAY_MS } as const;

export const Token = {
  news({ id }: TokenReference, page: PageArguments, context: NewsContext) {
    return pageOfArticles(`token:${id}`, context.edition.index.articlesOf([id]), page, context);
  },

  newsSentiment(
    { id }: TokenReference,
    { window }: { readonly window: keyof typeof WINDOW_MS },
    { edition, nowMs }: NewsContext,
  ) {
    return summariseSentiment({
      articles: edition.index.articlesOf([id]),
      tokenId: id,
      toMs: nowMs,
      spanMs: WINDOW_MS[window],
    });
  },
};
