import type { Article } from '../article.ts';
import type { Mention } from '../ingest/match-tokens.ts';
import type { NewsContext } from '../news-context.ts';
import { findPublished } from './query.ts';

export const NewsArticle = {
  __resolveReference({ id }: { readonly id: string }, context: NewsContext) {
    return findPublished(id, context);
  },

  publishedAt({ publishedAtMs }: Article) {
    return new Date(publishedAtMs);
  },

  firstSeenAt({ firstSeenAtMs }: Article) {
    return new Date(firstSeenAtMs);
  },

  /** Only what is out counts: a duplicate of tomorrow is none yet. */
  duplicateCount({ duplicatesPublishedAtMs }: Article, _args: unknown, { nowMs }: NewsContext) {
    return duplicatesPublishedAtMs.filter((publishedAtMs) => publishedAtMs <= nowMs).length;
  },
};

export const TokenMention = {
  /** Ticker and name come from the local copy of the registry, as `@provides` promises. */
  token({ tokenId }: Mention, _args: unknown, { edition }: NewsContext) {
    return edition.tokenById(tokenId);
  },
};

export const NewsSource = {
  __resolveReference({ id }: { readonly id: string }, { desk }: NewsContext) {
    return desk.sourceById(id) ?? null;
  },
};
