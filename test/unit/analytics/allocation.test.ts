import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { allocation } from '../../../subgraphs/analytics/portfolio/allocation.ts';
import { readPositions } from '../../../subgraphs/analytics/portfolio/representation.ts';
import { Decimal, sumDecimals } from '../../../subgraphs/shared/decimal.ts';
import type { TokenRecord } from '../../../subgraphs/shared/market-copy.ts';
import { createMarketData } from '../../kit/market-data.ts';

const PRICED = 30;
const ids = Array.from({ length: PRICED + 5 }, (_, index) => `token-${index}`);
const listing = (id: string, priceUsd: string) => ({
  id,
  priceUsd,
  circulatingSupply: null,
  marketCapUsd: null,
  marketCapUsd24hAgo: null,
  volume24hUsd: null,
});
const registered = (id: string, index: number): TokenRecord => ({
  id,
  symbol: id,
  name: `Name of ${id}`,
  status: 'ACTIVE',
  categories: index % 4 === 0 ? [] : [`category-${index % 4}`, 'other'],
  chainIds: index % 3 === 0 ? [] : [`eip155:${index % 3}`, 'eip155:99'],
});
const market = {
  ...createMarketData({}, [
    ...ids.slice(0, PRICED).map((id, index) => listing(id, `${index}.00000${index + 1}`)),
    listing('bitcoin', '64231.17'),
  ]),
  tokens: new Map(ids.map((id, index) => [id, registered(id, index)])),
  chainNames: new Map([['eip155:1', 'Ethereum']]),
};

const positions = fc.array(
  fc.record({
    token: fc.constantFrom(...ids),
    quantity: fc.bigInt({ min: 0n, max: 10n ** 24n }).map((units) => new Decimal(String(units)).div('1e18')),
  }),
  { maxLength: 60 },
);
const dimensions = fc.constantFrom('TOKEN' as const, 'CATEGORY' as const, 'CHAIN' as const);
const currencies = fc.constantFrom('USD', 'BTC');

test('shares out the whole value of what is priced, exactly, largest first', () => {
  fc.assert(
    fc.property(positions, dimensions, currencies, (held, by, baseCurrency) => {
      const slices = allocation({ baseCurrency, positions: held }, by, market) ?? [];
      const total = sumDecimals(
        held.map(({ token, quantity }) => quantity.times(market.latest.priceOf(token, baseCurrency) ?? 0)),
      );
      assert.equal(sumDecimals(slices.map(({ value }) => value.amount)).toFixed(), total.toFixed());
      assert.equal(new Set(slices.map(({ key }) => key)).size, slices.length);
      assert.deepEqual(
        slices.map(({ value }) => value.amount.toFixed()),
        slices
          .map(({ value }) => value.amount)
          .sort((a, b) => b.cmp(a))
          .map((amount) => amount.toFixed()),
      );
      const weights = slices.reduce((sum, { weight }) => sum + weight, 0);
      assert.ok(slices.length === 0 || Math.abs(weights - 1) < 1e-9);
    }),
  );
});

test('puts tokens without a category or chain under "unknown", and names chains where it can', () => {
  const held = ['token-12', 'token-1', 'token-2'].map((token) => ({ token, quantity: new Decimal(1) }));
  const of = (by: 'CATEGORY' | 'CHAIN') =>
    allocation({ baseCurrency: 'USD', positions: held }, by, market)?.map(({ key, label }) => [key, label]);
  assert.deepEqual(of('CATEGORY'), [
    ['unknown', 'Unknown'],
    ['category-2', 'Category 2'],
    ['category-1', 'Category 1'],
  ]);
  assert.deepEqual(of('CHAIN'), [
    ['unknown', 'Unknown'],
    ['eip155:2', 'eip155:2'],
    ['eip155:1', 'Ethereum'],
  ]);
});

test('has no shares of nothing', () => {
  const unpriced = [{ token: 'token-34', quantity: new Decimal(5) }];
  assert.deepEqual(allocation({ baseCurrency: 'USD', positions: [] }, 'TOKEN', market), []);
  assert.deepEqual(allocation({ baseCurrency: 'USD', positions: unpriced }, 'TOKEN', market), []);
});

test('refuses a representation whose quantities are no decimals', () => {
  const token = { id: 'token-1' };
  for (const quantity of ['1e5', '', 'NaN', 1.5, null]) {
    assert.throws(() => readPositions({ baseCurrency: 'USD', positions: [{ quantity, token }] }));
  }
});
