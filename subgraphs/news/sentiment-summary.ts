import type { Article } from './article.ts';

/** The tone towards a token over a span. */
export interface SentimentSummary {
  /** -1 to 1; null without articles. */
  readonly score: number | null;
  readonly articleCount: number;
  readonly positiveCount: number;
  readonly negativeCount: number;
  /** The score less the score of the span before; null when either is null. */
  readonly change: number | null;
}

export interface SentimentSpan {
  /** The token's articles, in any order. */
  readonly articles: readonly Article[];
  readonly tokenId: string;
  /** The end of the span, in the platform's milliseconds; articles of this very instant are inside. */
  readonly toMs: number;
  readonly spanMs: number;
}

/** A source that nobody has rated counts in full. */
const UNRATED_RELIABILITY = 1;

/**
 * Sums up the tone towards a token over the span that ends at `toMs`, and compares it with the span before.
 *
 * score = Σ relevance × reliability × tone ÷ Σ relevance × reliability, with the tone towards the token, not
 * of the article; articles without a tone, or of no weight, do not go in
 */
export function summariseSentiment({ articles, tokenId, toMs, spanMs }: SentimentSpan): SentimentSummary {
  const current = toneWithin(articles, tokenId, toMs - spanMs, toMs);
  const before = toneWithin(articles, tokenId, toMs - 2 * spanMs, toMs - spanMs);
  return {
    ...current,
    change: current.score === null || before.score === null ? null : current.score - before.score,
  };
}

function toneWithin(articles: readonly Article[], tokenId: string, afterMs: number, toMs: number) {
  let weightSum = 0;
  let weightedSum = 0;
  let articleCount = 0;
  let positiveCount = 0;
  let negativeCount = 0;
  for (const { publishedAtMs, mentions, source } of articles) {
    if (publishedAtMs <= afterMs || publishedAtMs > toMs) continue;
    const mention = mentions.find((each) => each.tokenId === tokenId);
    const weight = (mention?.relevance ?? 0) * (source.reliability ?? UNRATED_RELIABILITY);
    if (mention?.sentiment == null || weight === 0) continue;
    weightSum += weight;
    weightedSum += weight * mention.sentiment.score;
    articleCount += 1;
    if (mention.sentiment.label === 'POSITIVE') positiveCount += 1;
    if (mention.sentiment.label === 'NEGATIVE') negativeCount += 1;
  }
  return {
    score: weightSum === 0 ? null : weightedSum / weightSum,
    articleCount,
    positiveCount,
    negativeCount,
  };
}
