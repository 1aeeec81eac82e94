import type { TokenRecord } from '../shared/market-copy.ts';
import type { Article } from './article.ts';
import { ingest } from './ingest/ingest.ts';
import { createTokenDictionary } from './ingest/token-dictionary.ts';
import type { NewsRecording, NewsSource } from './load-recording.ts';
import { createNewsIndex, type NewsIndex } from './news-index.ts';

/** What the subgraph knows at a moment: the index over all articles, and the tokens that they were read with. */
export interface NewsEdition {
  readonly index: NewsIndex;
  tokenById(id: string): TokenRecord | undefined;
}

/** Keeps the current edition. */
export interface NewsDesk {
  readonly sources: readonly NewsSource[];
  sourceById(id: string): NewsSource | undefined;
  /** The current edition, or undefined until the registry of tokens came. */
  readonly edition: NewsEdition | undefined;
  /** Reads all items anew with this registry, and replaces the edition in one assignment. */
  readTokens(tokens: readonly TokenRecord[]): void;
}

/** @param recording - in recorded time */
export function createNewsDesk(recording: NewsRecording): NewsDesk {
  const sourceById = new Map(recording.sources.map((source) => [source.id, source]));
  let edition: NewsEdition | undefined;
  return {
    sources: recording.sources,
    sourceById: (id) => sourceById.get(id),
    get edition() {
      return edition;
    },
    readTokens(tokens) {
      const tokenById = new Map(tokens.map((token) => [token.id, token]));
      const articles: Article[] = ingest(recording, createTokenDictionary(tokens));
      edition = { index: createNewsIndex(articles), tokenById: (id) => tokenById.get(id) };
    },
  };
}
