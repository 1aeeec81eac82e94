import assert from 'node:assert/strict';
import { test } from 'node:test';
import { classifyTopics } from '../../../subgraphs/news/ingest/classify-topics.ts';
import type { NewsTopic } from '../../../subgraphs/news/ingest/topic-keywords.ts';
import { loadRecording } from '../../../subgraphs/news/load-recording.ts';

const topicsOf = (title: string, summary: string | null = null, language = 'en') =>
  classifyTopics({ title, summary, language });

test('finds the topics of headlines, the one with most words first', () => {
  const expected: readonly (readonly [headline: string, topics: readonly NewsTopic[]])[] = [
    ['Bitcoin price plunges as traders face liquidations', ['MARKETS']],
    ['Bridge exploit: hackers drained a liquidity pool', ['SECURITY', 'DEFI']],
    ['Client release prepares the hard fork', ['TECHNOLOGY']],
    ['Exchange announces acquisition of a startup', ['BUSINESS']],
    ['Rate cut expected as inflation falls', ['MACRO']],
    ['Secretary speaks at luncheon', []],
  ];
  for (const [headline, topics] of expected) assert.deepEqual(topicsOf(headline), topics, headline);
});

test('reads an act as a law by its name, and not as a verb', () => {
  assert.deepEqual(topicsOf('Members discuss the GENIUS Act'), ['REGULATION']);
  assert.deepEqual(topicsOf('Firms Seeking to Act Like Others'), []);
});

test('does not take the name of an office for a topic', () => {
  const office = 'Digital Assets, Financial Technology, and Artificial Intelligence Subcommittee';
  assert.deepEqual(topicsOf(`${office} Meets`), ['REGULATION']);
  assert.deepEqual(topicsOf('Financial Technology Grows'), ['TECHNOLOGY']);
});

test('asks for one word in the headline or two different ones in the summary', () => {
  assert.deepEqual(topicsOf('News of the day', 'A hearing was held. Another hearing follows.'), []);
  assert.deepEqual(topicsOf('News of the day', 'A hearing on the new legislation.'), ['REGULATION']);
});

test('guesses nothing in languages that the words are not of', () => {
  assert.deepEqual(topicsOf('Inflation', null, 'de'), []);
  assert.deepEqual(topicsOf('Inflation', null, 'en-GB'), ['MACRO']);
});

test('tells the truth of recorded headlines', async () => {
  const { items } = await loadRecording(
    new URL('../../../subgraphs/news/recordings/us-government-2026/', import.meta.url),
  );
  const topicsStarting = (start: string) => {
    const item = items.find(({ title }) => title.startsWith(start));
    assert.ok(item !== undefined, start);
    return topicsOf(item.title);
  };
  assert.deepEqual(topicsStarting('Statement by Senator Warren on Recent Crypto Volatility'), ['MARKETS']);
  assert.deepEqual(topicsStarting('Treasury Launches Cybersecurity'), ['SECURITY']);
  assert.deepEqual(topicsStarting('Securing the Nation Against Advanced Cryptographic'), [
    'TECHNOLOGY',
    'SECURITY',
  ]);
  assert.deepEqual(topicsStarting('Effects of Stablecoin Yield Prohibition'), ['REGULATION', 'MACRO']);
  assert.deepEqual(topicsStarting('FDIC Board of Directors Meeting'), []);
  const regulation = items.filter(({ title }) => topicsOf(title).includes('REGULATION'));
  assert.equal(regulation.length, 57, 'most of what offices publish is on law and supervision');
});
