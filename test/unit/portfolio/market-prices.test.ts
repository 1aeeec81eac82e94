import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMarketPrices } from '../../../subgraphs/portfolio/market/market-prices.ts';

const prices = createMarketPrices(() => ({
  token: { from: '2026-08-01', values: ['1', null, '3.000000000000000001'] },
  bitcoin: { from: '2026-08-01', values: ['3', '4', '6'] },
}));

const at = (instant: string, currency = 'USD', tokenId = 'token') =>
  prices.priceAt(tokenId, Date.parse(instant), currency)?.toFixed();

test('a price is the close of its UTC day', () => {
  assert.equal(at('2026-08-01T00:00:00Z'), '1');
  assert.equal(at('2026-08-01T23:59:59.999Z'), '1');
  assert.equal(at('2026-08-03T12:00:00Z'), '3.000000000000000001');
});

test('a day that is still open takes the last close, for two days at most', () => {
  assert.equal(at('2026-08-04T12:00:00Z'), '3.000000000000000001');
  assert.equal(at('2026-08-05T12:00:00Z'), '3.000000000000000001');
  assert.equal(at('2026-08-06T00:00:00Z'), undefined);
});

test('no price is known before the first close, on a day without one, or of an unknown token', () => {
  assert.equal(at('2026-07-31T23:59:59Z'), undefined);
  assert.equal(at('2026-08-02T12:00:00Z'), undefined);
  assert.equal(at('2026-08-01T12:00:00Z', 'USD', 'other'), undefined);
  assert.equal(createMarketPrices(() => undefined).priceAt('token', 0, 'USD'), undefined);
});

test('other currencies go by the close of their token, to 36 digits; without a rate there is no price', () => {
  assert.equal(at('2026-08-01T12:00:00Z', 'BTC'), `0.${'3'.repeat(36)}`);
  assert.equal(at('2026-08-03T12:00:00Z', 'BTC'), '0.500000000000000000166666666666666667');
  assert.equal(at('2026-08-01T12:00:00Z', 'ETH'), undefined);
  assert.equal(at('2026-08-01T12:00:00Z', 'EUR'), undefined);
});
