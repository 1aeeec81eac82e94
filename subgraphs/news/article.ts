import type { Sentiment } from './ingest/classify-sentiment.ts';
import type { Mention } from './ingest/match-tokens.ts';
import type { SeenItem } from './ingest/seen-item.ts';
import type { NewsTopic } from './ingest/topic-keywords.ts';
import type { NewsSource } from './load-recording.ts';

/** What the pipeline finds out about an item alone. */
export interface ItemAnalysis {
  /** What it is about, apart from tokens. */
  readonly topics: readonly NewsTopic[];
  /** The tokens it names, most relevant first. */
  readonly mentions: readonly Mention[];
  /** The tone of headline and summary; null for languages that the classifier does not know. */
  readonly sentiment: Sentiment | null;
}

/** An article with all that the pipeline has found out about it; times in the platform's milliseconds. */
export interface Article extends SeenItem, ItemAnalysis {
  readonly source: NewsSource;
  /** When each of the articles folded into this one was published, ascending. */
  readonly duplicatesPublishedAtMs: readonly number[];
}
