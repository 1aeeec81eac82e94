import assert from 'node:assert/strict';
import { test } from 'node:test';
import { articleIdOf } from '../../../subgraphs/news/ingest/article-id.ts';
import { canonicalUrl, urlKey } from '../../../subgraphs/news/ingest/canonical-url.ts';

test('takes tracking parameters and fragments off, and keeps what names the page', () => {
  assert.equal(
    canonicalUrl(
      'https://FinancialServices.House.gov:443/news/documentsingle.aspx?utm_source=x&DocumentID=411074&fbclid=1#top',
    ),
    'https://financialservices.house.gov/news/documentsingle.aspx?DocumentID=411074',
  );
  assert.equal(canonicalUrl('https://a.example/?b=2&a=1'), canonicalUrl('https://a.example/?a=1&b=2'));
  assert.notEqual(canonicalUrl('https://a.example/?id=1'), canonicalUrl('https://a.example/?id=2'));
});

test('knows no address but https without credentials', () => {
  for (const text of [
    'http://a.example/',
    'javascript:alert(1)',
    'data:text/html,x',
    'https://user:secret@a.example/',
    '/relative',
    '',
    `https://a.example/${'x'.repeat(2048)}`,
  ]) {
    assert.equal(canonicalUrl(text), undefined, text);
  }
});

test('gives two addresses of one page the same id, and two pages different ones', () => {
  const id = articleIdOf('https://www.occ.gov/news-issuances/news-releases/2026/nr-occ-2026-69.html');
  assert.equal(articleIdOf('https://occ.gov/news-issuances/news-releases/2026/nr-occ-2026-69.html'), id);
  assert.notEqual(articleIdOf('https://occ.gov/news-issuances/news-releases/2026/nr-occ-2026-9.html'), id);
  assert.match(id, /^news_[0-7][0-9A-HJKMNP-TV-Z]{25}$/);
  // Fixed for ever: a client may hold it.
  assert.equal(id, 'news_5J1W5C74J61J7R24S2N638WT0W');
  assert.equal(urlKey('https://www.fdic.gov/news/'), 'fdic.gov/news');
});
