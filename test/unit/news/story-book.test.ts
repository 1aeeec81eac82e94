import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { takeFeedItems } from '../../../subgraphs/news/ingest/ingest.ts';
import type { SeenItem } from '../../../subgraphs/news/ingest/seen-item.ts';
import { createStoryBook, SAME_STORY_SIMILARITY } from '../../../subgraphs/news/ingest/story-book.ts';
import { titleSimilarity, titleWords } from '../../../subgraphs/news/ingest/title-similarity.ts';

const similarity = (a: string, b: string) => titleSimilarity(titleWords(a), titleWords(b));

const item = (
  publishedAt: string,
  title: string,
  url = `https://a.example/${publishedAt}/${title.length}`,
) => {
  const seen = takeFeedItems(
    [{ publishedAt, sourceId: 'a', title, url, language: 'en' }],
    Date.parse('2026-06-01T00:00:00Z'),
  )[0];
  assert.ok(seen !== undefined);
  return seen;
};

const foldAll = (items: readonly SeenItem[]) => {
  const book = createStoryBook();
  book.add(items);
  return book.stories;
};

test('takes the same release of two offices for the same words', () => {
  const release = 'Agencies Clarify the Capital Treatment of Tokenized Securities';
  assert.equal(similarity(release, 'Agencies clarify the capital treatment of tokenized securities'), 1);
  assert.equal(similarity(release, `Press Release: ${release}`), 1);
  assert.equal(similarity('The GENIUS Act’s Requirements', "The GENIUS Act's requirement"), 1);
});

test('keeps neighbouring stories apart', () => {
  const neighbours: [string, string][] = [
    [
      'FDIC Extends Comment Period on Proposal to Establish GENIUS Act Application Procedures for FDIC-Supervised Institutions Seeking to Issue Payment Stablecoins',
      'FDIC Approves Proposal to Establish GENIUS Act Application Procedures for FDIC-Supervised Institutions Seeking to Issue Payment Stablecoins',
    ],
    [
      'FDIC Board Approves Proposal to Address Bank Secrecy Act and Sanctions Compliance Standards for FDIC-Supervised Permitted Payment Stablecoin Issuers',
      'Bank Secrecy Act and Sanctions Compliance Standards for FDIC-Supervised Permitted Payment Stablecoin Issuers',
    ],
  ];
  for (const [a, b] of neighbours) {
    const value = similarity(a, b);
    assert.ok(value > 0.7 && value < SAME_STORY_SIMILARITY, `${value}`);
  }
  assert.equal(similarity('', ''), 0);
});

test('folds by headline into the earliest, an address once, whatever the order of arrival', () => {
  const items = [
    item(
      '2026-03-05T20:32:40Z',
      'Press Release: Agencies Clarify the Capital Treatment of Tokenized Securities',
    ),
    item(
      '2026-03-05T00:00:00Z',
      'Agencies Clarify the Capital Treatment of Tokenized Securities',
      'https://www.occ.gov/1',
    ),
    item(
      '2026-03-06T00:00:00Z',
      'Corrected: another headline at the same address',
      'https://occ.gov/1?utm_source=x',
    ),
    item('2026-03-07T00:00:00Z', 'Warren Questions Beast Industries'),
  ];
  fc.assert(
    fc.property(fc.shuffledSubarray(items, { minLength: items.length }), (arrived) => {
      assert.deepEqual(
        foldAll(arrived).map((story) => [story.item.url, story.duplicates.length]),
        [
          ['https://www.occ.gov/1', 1],
          [items[3]?.url, 0],
        ],
      );
    }),
  );
});

test('takes a headline that comes back after 30 days for a new story', () => {
  const title = 'FDIC Board of Directors Meeting';
  assert.equal(foldAll([item('2026-04-07T00:00:00Z', title), item('2026-05-07T00:00:00Z', title)]).length, 1);
  assert.equal(foldAll([item('2026-04-07T00:00:00Z', title), item('2026-05-07T00:00:01Z', title)]).length, 2);
});

test('keeps the places that were given, whatever comes in later', () => {
  const book = createStoryBook();
  const first = item('2026-03-05T12:00:00Z', 'Board Proposes a Rule on Custody', 'https://b.example/1');
  const earlier = item('2026-03-05T08:00:00Z', 'Board proposes a rule on custody', 'https://c.example/1');
  assert.deepEqual(book.add([first]), [{ item: first, storyId: first.id }]);
  assert.deepEqual(book.add([first, earlier]), [{ item: earlier, storyId: first.id }]);
  assert.deepEqual(book.add([first, earlier]), [], 'what is known is not new');

  const next = createStoryBook();
  next.restore([
    { item: first, storyId: first.id },
    { item: earlier, storyId: first.id },
  ]);
  assert.deepEqual(next.add([earlier, first]), []);
  assert.deepEqual(
    next.stories.map((story) => [story.item.id, story.duplicates.map(({ id }) => id)]),
    [[first.id, [earlier.id]]],
  );
});

test('forgets the stories of feeds that came first, never recorded ones', () => {
  const recorded: SeenItem = {
    ...item('2026-01-01T00:00:00Z', 'Recorded', 'https://r.example/'),
    basis: 'RECORDED',
  };
  const [old, folded, young] = [
    item('2026-02-01T00:00:00Z', 'Old news'),
    item('2026-02-02T00:00:00Z', 'Old news'),
    item('2026-02-03T00:00:00Z', 'Young news'),
  ] as const;
  const book = createStoryBook();
  book.add([recorded, old, folded, young]);
  assert.deepEqual(book.keepNewest(2), []);
  assert.deepEqual(book.keepNewest(1), [old.id, folded.id]);
  assert.deepEqual(
    book.stories.map(({ item: { title } }) => title),
    ['Recorded', 'Young news'],
  );
});

test('finds the same story among many as a comparison with each would', () => {
  const words = fc.uniqueArray(fc.constantFrom(...'abcdefghijkl'), { minLength: 1, maxLength: 9 });
  fc.assert(
    fc.property(fc.array(words, { minLength: 1, maxLength: 12 }), (headlines) => {
      const items = headlines.map((headline, i) =>
        item(
          '2026-04-07T00:00:00Z',
          headline.map((word) => `${word}${word}`).join(' '),
          `https://n.example/${i}`,
        ),
      );
      const firsts: SeenItem[] = [];
      const expected = new Map<string, string>();
      const book = createStoryBook();
      for (const each of items) {
        const same = firsts.find((first) => similarity(first.title, each.title) >= SAME_STORY_SIMILARITY);
        if (same === undefined) firsts.push(each);
        expected.set(each.id, (same ?? each).id);
        assert.deepEqual(book.add([each]), [{ item: each, storyId: expected.get(each.id) }]);
      }
    }),
  );
});
