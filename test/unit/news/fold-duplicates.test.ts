import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { foldDuplicates, SAME_STORY_SIMILARITY } from '../../../subgraphs/news/ingest/fold-duplicates.ts';
import { normaliseItem } from '../../../subgraphs/news/ingest/normalise-item.ts';
import { titleSimilarity, titleWords } from '../../../subgraphs/news/ingest/title-similarity.ts';

const similarity = (a: string, b: string) => titleSimilarity(titleWords(a), titleWords(b));

const item = (
  publishedAt: string,
  title: string,
  url = `https://a.example/${publishedAt}/${title.length}`,
) => {
  const normalised = normaliseItem({ publishedAt, sourceId: 'a', title, url, language: 'en' });
  assert.ok(normalised !== undefined);
  return normalised;
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

test('folds by address and by headline into the earliest, whatever the order of arrival', () => {
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
        foldDuplicates(arrived).map((story) => [story.item.url, story.duplicatesPublishedAtMs.length]),
        [
          ['https://www.occ.gov/1', 2],
          [items[3]?.url, 0],
        ],
      );
    }),
  );
});

test('takes a headline that comes back after 30 days for a new story', () => {
  const title = 'FDIC Board of Directors Meeting';
  assert.equal(
    foldDuplicates([item('2026-04-07T00:00:00Z', title), item('2026-05-07T00:00:00Z', title)]).length,
    1,
  );
  assert.equal(
    foldDuplicates([item('2026-04-07T00:00:00Z', title), item('2026-05-07T00:00:01Z', title)]).length,
    2,
  );
});
