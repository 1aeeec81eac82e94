import type { Sentiment } from './ingest/classify-sentiment.ts';
import type { Mention } from './ingest/match-tokens.ts';
import type { NormalisedItem } from './ingest/normalise-item.ts';
import type { NewsTopic } from './ingest/topic-keywords.ts';
import type { NewsSource } from './load-recording.ts';

/** An article with all that the pipeline has found out about it; times in recorded milliseconds. */
export interface Article extends NormalisedItem {
  readonly source: NewsSource;
  /** The tone of headline and summary; null for languages that the classifier does not know. */
  readonly sentiment: Sentiment | null;
  /** What it is about, apart from tokens. */
  readonly topics: readonly NewsTopic[];
  /** The tokens it names, most relevant first. */
  readonly mentions: readonly Mention[];
  /** When each of the articles folded into this one was published, ascending. */
  readonly duplicatesPublishedAtMs: readonly number[];
}
