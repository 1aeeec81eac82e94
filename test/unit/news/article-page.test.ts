import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Article } from '../../../subgraphs/news/article.ts';
import { pageOfArticles } from '../../../subgraphs/news/article-page.ts';
import { compareNewestFirst } from '../../../subgraphs/news/ingest/ingest.ts';
import type { NewsContext } from '../../../subgraphs/news/news-context.ts';
import { createCursorCodec } from '../../../subgraphs/shared/cursor.ts';

const NOW_MS = 8;
const context = { nowMs: NOW_MS, offsetMs: 0, cursors: createCursorCodec() } as NewsContext;

/** What a page looks at; several articles share an instant, and some lie in the future. */
const articleArbitrary = fc.record({
  publishedAtMs: fc.integer({ min: 0, max: NOW_MS + 2 }),
  id: fc.stringMatching(/^news_[A-F]{3}$/),
  basis: fc.constantFrom('RECORDED', 'PLATFORM'),
}) as unknown as fc.Arbitrary<Article>;
const feedArbitrary = fc.uniqueArray(articleArbitrary, { selector: ({ id }) => id, maxLength: 30 });

function readAll(feedAt: (page: number) => Article[], first: number): Article[] {
  const seen: Article[] = [];
  let after: string | null = null;
  for (let page = 0; ; page++) {
    const articles = feedAt(page).toSorted(compareNewestFirst);
    const { nodes, edges, pageInfo } = pageOfArticles('news', articles, { first, after }, context);
    assert.deepEqual(
      nodes,
      edges.map(({ node }) => node),
    );
    seen.push(...nodes);
    if (!pageInfo.hasNextPage) return seen;
    after = pageInfo.endCursor;
  }
}

test('reads a feed through without gap or repeat, newest first, and nothing of the future', () => {
  fc.assert(
    fc.property(feedArbitrary, fc.integer({ min: 1, max: 10 }), (feed, first) => {
      const due = feed.filter(({ publishedAtMs }) => publishedAtMs <= NOW_MS).toSorted(compareNewestFirst);
      assert.deepEqual(
        readAll(() => feed, first),
        due,
      );
    }),
  );
});

test('skips and repeats nothing of what was there when articles come in between two pages', () => {
  fc.assert(
    fc.property(
      feedArbitrary,
      fc.array(feedArbitrary, { maxLength: 4 }),
      fc.integer({ min: 1, max: 5 }),
      (feed, arrivals, first) => {
        const feedAt = (page: number) => {
          const known = new Map(feed.map((article) => [article.id, article]));
          for (const arrived of arrivals.slice(0, page).flat()) {
            if (!known.has(arrived.id)) known.set(arrived.id, arrived);
          }
          return [...known.values()];
        };
        const seen = readAll(feedAt, first).map(({ id }) => id);
        assert.equal(new Set(seen).size, seen.length, 'no repeat');
        for (const { id, publishedAtMs } of feed) {
          if (publishedAtMs <= NOW_MS) assert.ok(seen.includes(id), 'no gap');
        }
      },
    ),
  );
});
