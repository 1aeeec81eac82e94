import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { matchTokens } from '../../../subgraphs/news/ingest/match-tokens.ts';
import { normaliseItem } from '../../../subgraphs/news/ingest/normalise-item.ts';
import { createTokenDictionary } from '../../../subgraphs/news/ingest/token-dictionary.ts';
import { loadRecording } from '../../../subgraphs/news/load-recording.ts';

interface RegistryToken {
  readonly id: string;
  readonly symbol: string;
  readonly name: string;
}

const root = new URL('../../../subgraphs/', import.meta.url);

/** All tokens of the demo, so that the dictionary is tried with every name and ticker that it will meet. */
async function readRegistry(): Promise<RegistryToken[]> {
  const sets = ['market-2017-2026', 'universe-synthetic'];
  const files = sets.map((set) => readFile(new URL(`price/recordings/${set}/tokens.json`, root), 'utf8'));
  return (await Promise.all(files)).flatMap((text) => JSON.parse(text) as RegistryToken[]);
}

const dictionary = createTokenDictionary(await readRegistry());
const idsIn = (text: string) => dictionary.match(text).map(({ tokenId }) => tokenId);

test('finds names, tickers in upper case, ids and cashtags', () => {
  assert.deepEqual(idsIn('Bitcoin, ether and solana fall'), ['bitcoin', 'ethereum', 'solana']);
  assert.deepEqual(idsIn('BTC and ETH volumes; btc and eth'), ['bitcoin', 'ethereum']);
  assert.deepEqual(idsIn('usd-coin, USD Coin, $usdc'), ['usd-coin', 'usd-coin', 'usd-coin']);
  assert.deepEqual(idsIn('Bitcoin’s decline, (Ethereum)'), ['bitcoin', 'ethereum']);
});

test('prefers the longer name', () => {
  assert.deepEqual(idsIn('Bitcoin Cash and Ethereum Classic'), ['bitcoin-cash', 'ethereum-classic']);
});

test('does not take words for tokens', () => {
  for (const title of [
    'LINK to the ONE report is NEAR',
    'The one link near the top: flow of sand, optimism and waves',
    'Stablecoin and token rules; crypto and digital assets',
    'ADA compliance, DOT rules, OP-ED, SC court, PLA, ETC.',
    'Bitcoiner mentality, unbitcoin',
    'Ripple effects of a compound threshold',
  ]) {
    assert.deepEqual(idsIn(title), [], title);
  }
});

test('takes an ambiguous word with a dollar sign or before a word of the trade', () => {
  assert.deepEqual(idsIn('$LINK and $near'), ['chainlink', 'near']);
  assert.deepEqual(idsIn('NEAR Protocol and the Flow blockchain'), ['near', 'flow']);
});

test('reads no tickers in a headline that is all in upper case', () => {
  assert.deepEqual(idsIn('BITCOIN: SEC AND UNI SOL PANEL'), ['bitcoin']);
});

test('guesses nothing between tokens of one ticker, unless it is the name of one', () => {
  assert.deepEqual(idsIn('TON and $TON'), []);
  assert.deepEqual(idsIn('XRP case'), ['ripple']);
});

test('finds no token in any of the recorded headlines, as the README says', async () => {
  const { items } = await loadRecording(new URL('news/recordings/us-government-2026/', root));
  assert.equal(items.length, 68);
  const naming = items.filter(({ title }) => idsIn(title).length > 0).map(({ title }) => title);
  assert.deepEqual(naming, []);
});

test('knows no token with an empty registry', () => {
  assert.deepEqual(createTokenDictionary([]).match('Bitcoin'), []);
});

test('weighs a headline three times a summary, most relevant first, with the tone of the own clause', () => {
  const item = normaliseItem({
    publishedAt: '2026-08-01T00:00:00Z',
    sourceId: 'a',
    title: 'Bitcoin rallies while Ethereum plunges',
    summary: 'Bitcoin leads. Solana is named too.',
    url: 'https://a.example/1',
    language: 'en',
  });
  assert.ok(item !== undefined);
  const mentions = matchTokens(item, dictionary);
  assert.deepEqual(
    mentions.map(({ tokenId, relevance }) => [tokenId, relevance]),
    [
      ['bitcoin', 4 / 8],
      ['ethereum', 3 / 8],
      ['solana', 1 / 16],
    ],
  );
  assert.deepEqual(
    mentions.map(({ sentiment }) => sentiment?.label),
    ['POSITIVE', 'NEGATIVE', 'NEUTRAL'],
  );
});
