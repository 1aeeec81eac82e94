import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RecordedDeployment, RecordedToken } from '../../../subgraphs/price/recording/recording-set.ts';
import { createTokenRegistry } from '../../../subgraphs/price/registry/token-registry.ts';
import { createTokenSearch } from '../../../subgraphs/price/registry/token-search.ts';

const token = (id: string, symbol: string, name: string): RecordedToken => ({
  id,
  symbol,
  name,
  status: 'ACTIVE',
  categories: [],
  description: null,
  links: { homepage: null, whitepaper: null, sourceCode: null },
  imageUrl: null,
});
const contract = (caip19: string, tokenId: string): RecordedDeployment => ({
  caip19,
  tokenId,
  chainId: caip19.split('/')[0] ?? '',
  address: caip19.split(':').at(-1) ?? null,
  decimals: 18,
});

const ADDRESS = '0xa0b86991c6218b36c1d19d4a2e9eb0ce3606eb48';
const SOLANA = 'solana:5eykt4UsFv8P8NJdTREpY1vzqKqZKvdp/token:EPjFWdd5AufqSSqeM2qN1xzybapC8G4wEGGkZwyTDt1v';
const registry = createTokenRegistry(
  [
    token('ethereum', 'ETH', 'Ethereum'),
    token('usd-coin', 'USDC', 'USD Coin'),
    token('bridged-usd-coin', 'usdc', 'Bridged USD Coin'),
    token('ethereum-classic', 'ETC', 'Ethereum Classic'),
    token('pether', 'PETH', 'Pether'),
    token('eth-name', 'ENS', 'Ether Names'),
    token('ethereum', 'OLD', 'A second record'),
  ],
  [contract(`eip155:1/erc20:${ADDRESS}`, 'usd-coin'), contract(SOLANA, 'bridged-usd-coin')],
  [{ id: 'eip155:1', name: 'Ethereum', nativeTokenId: 'ethereum', explorerUrl: null }],
);
const search = createTokenSearch(registry);
const found = (query: string, limit = 10) => search(query, limit).map(({ id }) => id);

test('keeps the first of two records of one token', () => {
  assert.equal(registry.token('ethereum')?.symbol, 'ETH');
  assert.equal(registry.tokens.length, 6);
});

test('finds a contract of an EVM chain in any letter case, others as they are written', () => {
  assert.equal(registry.deployment(`EIP155:1/ERC20:${ADDRESS.toUpperCase()}`)?.tokenId, 'usd-coin');
  assert.equal(registry.deployment(SOLANA)?.tokenId, 'bridged-usd-coin');
  assert.equal(registry.deployment(SOLANA.toLowerCase()), undefined);
});

test('finds all tokens of a ticker in any letter case', () => {
  assert.deepEqual(
    registry.tokensBySymbol('uSdC').map(({ id }) => id),
    ['usd-coin', 'bridged-usd-coin'],
  );
  assert.deepEqual(registry.tokensBySymbol('none'), []);
});

test('ranks an exact hit before a beginning before a piece', () => {
  assert.deepEqual(found('eth').slice(0, 4), ['ethereum', 'ethereum-classic', 'eth-name', 'pether']);
  assert.equal(found('ETC')[0], 'ethereum-classic');
});

test('finds by address, whole or a piece of at least six characters', () => {
  assert.deepEqual(found(ADDRESS.toUpperCase().replace('X', 'x')), ['usd-coin']);
  assert.deepEqual(found('c6218b36'), ['usd-coin']);
});

test('finds a misspelt name', () => {
  assert.ok(found('etherium').includes('ethereum'));
  assert.ok(!found('zzzzzz').includes('ethereum'));
});

test('answers no more than asked for', () => {
  assert.equal(found('eth', 2).length, 2);
});
