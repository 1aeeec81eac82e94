import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { CLASSIFIER, classifySentiment, labelOf } from '../../../subgraphs/news/ingest/classify-sentiment.ts';
import { NEUTRAL_TERMS, STAND_INS } from '../../../subgraphs/news/ingest/finance-lexicon.ts';

const labelIn = (text: string) => classifySentiment(text, 'en')?.label;

test('names the classifier that is installed', async () => {
  const packageFile = createRequire(import.meta.url).resolve('vader-sentiment/package.json');
  const { version } = JSON.parse(await readFile(packageFile, 'utf8')) as { version: string };
  assert.ok(CLASSIFIER.startsWith(`vader-sentiment ${version} + lexicon `), CLASSIFIER);
  const readme = await readFile(new URL('../../../subgraphs/news/README.md', import.meta.url), 'utf8');
  assert.ok(readme.replace(/\s+/g, ' ').includes(CLASSIFIER), 'the README names it too');
});

test('labels by the thresholds of the schema', () => {
  assert.deepEqual([0.2, 0.1999, -0.1999, -0.2].map(labelOf), ['POSITIVE', 'NEUTRAL', 'NEUTRAL', 'NEGATIVE']);
});

test('reads recorded headlines as they are meant', () => {
  assert.equal(
    labelIn('Treasury Sanctions Crypto Exchanges Funding Iran’s IRGC and Enabling Illicit Finance'),
    'NEGATIVE',
  );
  assert.equal(
    labelIn(
      'Economic Fury Targets Iran’s Largest Digital Asset Exchange for Terror Finance and Sanctions Evasion',
    ),
    'NEGATIVE',
  );
  assert.equal(
    labelIn('FDIC Approves Proposal to Implement GENIUS Act Requirements and Standards'),
    'POSITIVE',
  );
  assert.equal(labelIn('Agencies Clarify the Capital Treatment of Tokenized Securities'), 'NEUTRAL');
  assert.equal(labelIn('OCC Requests Comments on Proposal to Implement GENIUS Act'), 'NEUTRAL');
});

test('gives no tone to names of things, acts and offices', () => {
  for (const term of NEUTRAL_TERMS) {
    assert.deepEqual(
      classifySentiment(`The ${term} today`, 'en'),
      { score: 0, label: 'NEUTRAL', confidence: 1 },
      term,
    );
  }
});

test('gives each word of the trade the tone of its stand-in, which VADER knows', () => {
  for (const [word, standIn] of Object.entries(STAND_INS)) {
    const score = classifySentiment(`They ${word} now`, 'en')?.score;
    assert.equal(score, classifySentiment(`They ${standIn} now`, 'en')?.score, word);
    assert.notEqual(score, 0, word);
  }
});

test('understands negation and emphasis around a word of the trade', () => {
  const plain = classifySentiment('The exchange was a hack', 'en')?.score ?? 0;
  assert.ok(plain < 0);
  assert.ok((classifySentiment('The exchange was not a hack', 'en')?.score ?? 0) > 0);
  assert.ok((classifySentiment('The exchange was a HACK', 'en')?.score ?? 0) < plain);
});

test('is surer of praise alone than of praise beside blame, and never beyond 0 to 1', () => {
  const alone = classifySentiment('A great success', 'en');
  const mixed = classifySentiment('A great success and an attack', 'en');
  assert.ok(alone !== null && mixed !== null);
  assert.ok(alone.confidence > mixed.confidence);
  for (const { score, confidence } of [alone, mixed]) {
    assert.ok(Math.abs(score) <= 1 && confidence >= 0 && confidence <= 1);
  }
});

test('says nothing of a language that it does not know', () => {
  assert.equal(classifySentiment('Bitcoin im Aufwind', 'de'), null);
  assert.notEqual(classifySentiment('Bitcoin rallies', 'en-GB'), null);
});
