import assert from 'node:assert/strict';
import { test } from 'node:test';
import { MarketTable } from '../../../subgraphs/analytics/market/market-table.ts';
import type { MarketRecord } from '../../../subgraphs/shared/market-copy.ts';

const record = (id: string, figures: Partial<MarketRecord>): MarketRecord => ({
  id,
  priceUsd: '1',
  circulatingSupply: null,
  marketCapUsd: null,
  marketCapUsd24hAgo: null,
  volume24hUsd: null,
  ...figures,
});
const tableOf = (...tokens: MarketRecord[]) => new MarketTable({ asOf: '2026-08-08T00:00:00Z', tokens });

test('tells dominance of the ten largest as shares of all', () => {
  const tokens = Array.from({ length: 14 }, (_, index) =>
    record(`token-${index}`, { marketCapUsd: String(index + 1) }),
  );
  const dominance = tableOf(...tokens).dominance();
  assert.deepEqual(
    dominance.map(({ tokenId }) => tokenId),
    Array.from({ length: 10 }, (_, index) => `token-${13 - index}`),
  );
  assert.equal(dominance[0]?.weight, 14 / 105);
});

test('compares with a day ago over tokens of which both capitalisations are known', () => {
  const table = tableOf(
    record('old', { marketCapUsd: '110', marketCapUsd24hAgo: '100' }),
    record('new', { marketCapUsd: '1000' }),
  );
  const totals = table.totalsIn('USD');
  assert.equal(totals?.marketCap.toFixed(), '1110');
  assert.equal(totals?.marketCapChange24h, 0.1);
});

test('knows no change when nothing is known of a day ago', () => {
  assert.equal(tableOf(record('new', { marketCapUsd: '5' })).totalsIn('USD')?.marketCapChange24h, null);
  assert.deepEqual(tableOf().dominance(), []);
  assert.equal(tableOf().totalsIn('USD')?.marketCap.toFixed(), '0');
});

test('takes the growth of bitcoin out of the growth told in bitcoin', () => {
  const table = tableOf(
    record('bitcoin', { priceUsd: '50000', marketCapUsd: '600', marketCapUsd24hAgo: '400' }),
    record('other', { marketCapUsd: '600', marketCapUsd24hAgo: '600' }),
  );
  assert.equal(table.totalsIn('USD')?.marketCapChange24h, 0.2);
  assert.equal(table.totalsIn('BTC')?.marketCapChange24h, -0.2);
  assert.equal(table.totalsIn('BTC')?.marketCap.toFixed(), '0.024');
});

test('tells nothing in a currency whose asset has no price', () => {
  const table = tableOf(record('other', { priceUsd: '2', marketCapUsd: '5' }));
  assert.equal(table.totalsIn('ETH'), undefined);
  assert.equal(table.priceOf('other', 'ETH'), undefined);
  assert.equal(table.priceOf('other', 'USD')?.toFixed(), '2');
  assert.equal(table.priceOf('no-such-token', 'USD'), undefined);
});
