import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Article } from '../../../subgraphs/news/article.ts';
import { labelOf } from '../../../subgraphs/news/ingest/classify-sentiment.ts';
import { summariseSentiment } from '../../../subgraphs/news/sentiment-summary.ts';

interface Written {
  readonly at: number;
  readonly score: number | null;
  readonly relevance?: number;
  readonly reliability?: number | null;
}

function article({ at, score, relevance = 1, reliability = null }: Written): Article {
  return {
    id: `news_${at}`,
    publishedAtMs: at,
    firstSeenAtMs: at,
    basis: 'RECORDED',
    sourceId: 'a',
    title: 'T',
    url: 'https://a.example/',
    language: 'en',
    summary: null,
    imageUrl: null,
    authors: [],
    source: { id: 'a', name: 'A', homepage: 'https://a.example/', language: 'en', reliability },
    sentiment: null,
    topics: [],
    duplicatesPublishedAtMs: [],
    mentions: [
      {
        tokenId: 'bitcoin',
        relevance,
        sentiment: score === null ? null : { score, label: labelOf(score), confidence: 1 },
      },
    ],
  };
}

const summary = (...written: Written[]) =>
  summariseSentiment({ articles: written.map(article), tokenId: 'bitcoin', toMs: 200, spanMs: 100 });

test('weights by relevance and reliability; a source without a rating counts in full', () => {
  const { score, articleCount } = summary(
    { at: 150, score: 1, relevance: 0.5, reliability: 0.5 },
    { at: 160, score: -1, relevance: 0.75, reliability: null },
  );
  assert.equal(score, (0.25 - 0.75) / 1);
  assert.equal(articleCount, 2);
});

test('takes the span without its start and with its end, and compares with the span before', () => {
  assert.deepEqual(
    summary(
      { at: 0, score: 1 },
      { at: 100, score: 0.5 },
      { at: 101, score: -0.5 },
      { at: 200, score: -0.25 },
      { at: 201, score: 1 },
    ),
    {
      score: -0.375,
      articleCount: 2,
      positiveCount: 0,
      negativeCount: 2,
      change: -0.875,
    },
  );
});

test('knows no score without articles, and no change when one span has none', () => {
  assert.deepEqual(summary({ at: 50, score: 1 }), {
    score: null,
    articleCount: 0,
    positiveCount: 0,
    negativeCount: 0,
    change: null,
  });
  assert.equal(summary({ at: 150, score: 1 }).change, null);
});

test('leaves out what has no tone or no weight', () => {
  const { score, articleCount } = summary({ at: 150, score: null }, { at: 150, score: 1, reliability: 0 });
  assert.equal(score, null);
  assert.equal(articleCount, 0);
});
