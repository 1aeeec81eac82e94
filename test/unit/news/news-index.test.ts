import assert from 'node:assert/strict';
import { after, test } from 'node:test';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { loadRecording } from '../../../subgraphs/news/load-recording.ts';
import { createNewsDesk } from '../../../subgraphs/news/news-desk.ts';
import { openNewsStore } from '../../../subgraphs/news/storage/news-store.ts';

const recording = await loadRecording(
  new URL('../../../subgraphs/news/recordings/us-government-2026/', import.meta.url),
);
const store = await openNewsStore({ dialect: createNodeSqliteDialect(':memory:') });
after(() => store.close());
const desk = await createNewsDesk({ recording, store });
desk.readTokens([]);
const { index } = desk.editionAt(0) as NonNullable<ReturnType<typeof desk.editionAt>>;
const titles = (query: string) => index.search(query).map(({ title }) => title);

test('finds headlines that have all words, by their beginnings and with a slip', () => {
  const found = titles('treasury sanctions');
  assert.equal(
    found[0],
    'Treasury Sanctions Crypto Exchanges Funding Iran’s IRGC and Enabling Illicit Finance',
  );
  assert.deepEqual(titles('illicit financ iran'), [found[0]]);
  assert.deepEqual(titles('tresury sanctions iran'), [found[0]]);
  assert.ok(titles('stablecoin').length > 5);
});

test('finds nothing rather than something else', () => {
  assert.deepEqual(titles('treasury bitcoin'), []);
  assert.deepEqual(titles('??'), []);
});

test('ranks the better match first', () => {
  const found = titles('clarity act');
  assert.match(found[0] ?? '', /Clarity Act/i);
  assert.ok(found.every((title) => /clarity|clarify/i.test(title)));
});

test('gives each story its id, newest first', () => {
  for (const article of index.articles) assert.equal(index.articleById(article.id), article);
  const times = index.articles.map(({ publishedAtMs }) => publishedAtMs);
  assert.deepEqual(
    times,
    times.toSorted((a, b) => b - a),
  );
});
