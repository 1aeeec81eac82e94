import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type FeedItem, normaliseItem } from '../../../subgraphs/news/ingest/normalise-item.ts';

const ITEM: FeedItem = {
  publishedAt: '2026-03-05T20:30:00Z',
  sourceId: 'federal-reserve',
  title: 'Agencies clarify the capital treatment of tokenized securities',
  url: 'https://www.federalreserve.gov/newsevents/pressreleases/bcreg20260305a.htm?utm_source=feed',
  language: 'en',
};

test('brings an item into its form, with nothing where the feed has nothing', () => {
  assert.deepEqual(normaliseItem(ITEM), {
    id: normaliseItem({
      ...ITEM,
      url: 'https://federalreserve.gov/newsevents/pressreleases/bcreg20260305a.htm',
    })?.id,
    publishedAtMs: Date.parse('2026-03-05T20:30:00Z'),
    sourceId: 'federal-reserve',
    title: ITEM.title,
    url: 'https://www.federalreserve.gov/newsevents/pressreleases/bcreg20260305a.htm',
    language: 'en',
    summary: null,
    imageUrl: null,
    authors: [],
  });
});

test('keeps summary, picture and authors that the feed has, as plain text and https', () => {
  const item = normaliseItem({
    ...ITEM,
    summary: `<p>${'word '.repeat(200)}</p>`,
    imageUrl: 'https://www.federalreserve.gov/a.png',
    authors: ['<i>A. Writer</i>', ' '],
  });
  assert.ok(item?.summary?.endsWith('…') && item.summary.length <= 500);
  assert.equal(item?.imageUrl, 'https://www.federalreserve.gov/a.png');
  assert.deepEqual(item?.authors, ['A. Writer']);
  assert.equal(normaliseItem({ ...ITEM, imageUrl: 'http://www.federalreserve.gov/a.png' })?.imageUrl, null);
});

test('leaves out what cannot be shown', () => {
  assert.equal(normaliseItem({ ...ITEM, url: 'http://www.federalreserve.gov/' }), undefined);
  assert.equal(normaliseItem({ ...ITEM, title: '<br>' }), undefined);
  assert.equal(normaliseItem({ ...ITEM, publishedAt: 'yesterday' }), undefined);
});
