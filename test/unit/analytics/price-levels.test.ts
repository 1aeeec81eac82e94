import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { sampleStandardDeviation } from 'simple-statistics';
import { priceLevels } from '../../../subgraphs/analytics/market/price-levels.ts';
import { swingPoints } from '../../../subgraphs/analytics/metrics/swing-points.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const barsOf = (closes: readonly string[]) =>
  closes.map((close, day) => ({ openTimeMs: day * DAY_MS, close }));

interface NaiveLevel {
  readonly price: number;
  readonly touches: number;
}

/** The same method written another way: take the lowest price, all that are near it, and go on with the rest. */
function gather(prices: readonly number[], tolerance: number): NaiveLevel[] {
  if (prices.length === 0) return [];
  const lowest = Math.min(...prices);
  const near = prices.filter((price) => Math.log(price / lowest) <= tolerance);
  const rest = prices.filter((price) => Math.log(price / lowest) > tolerance);
  const price = near.reduce((sum, value) => sum + value, 0) / near.length;
  return [...(near.length > 1 ? [{ price, touches: near.length }] : []), ...gather(rest, tolerance)];
}

function naiveLevels(all: readonly number[]) {
  const closes = all.slice(-365);
  const last = closes.at(-1) as number;
  const tolerance = sampleStandardDeviation(
    closes.slice(1).map((close, index) => Math.log(close / (closes[index] as number))),
  );
  const turns = (compare: (a: number, b: number) => boolean) =>
    closes.filter((close, at) => {
      const others = [at - 2, at - 1, at + 1, at + 2].map((index) => closes[index]);
      return others.every((other) => other !== undefined && compare(close, other));
    });
  const nearest = (levels: NaiveLevel[]) =>
    levels.toSorted((a, b) => Math.abs(Math.log(a.price / last)) - Math.abs(Math.log(b.price / last)));
  const supports = gather(
    turns((a, b) => a < b),
    tolerance,
  ).filter(({ price }) => price < last);
  const resistances = gather(
    turns((a, b) => a > b),
    tolerance,
  ).filter(({ price }) => price > last);
  return nearest([...nearest(supports).slice(0, 3), ...nearest(resistances).slice(0, 3)]);
}

test('finds the levels that a plain reading of the method finds', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 5, max: 500 }), (seed, days) => {
      const closes = randomWalk(seed, '2020-01-01', days, 100).values as string[];
      const levels = priceLevels(barsOf(closes));
      const expected = naiveLevels(closes.map(Number));
      const last = Number(closes.at(-1));
      found += levels.length;
      assert.deepEqual(
        levels.map(({ kind, touches }) => [kind, touches]),
        expected.map(({ price, touches }) => [price < last ? 'SUPPORT' : 'RESISTANCE', touches]),
      );
      for (const [index, { price }] of levels.entries()) {
        assertClose(price.amount.toNumber(), (expected[index] as NaiveLevel).price, 1e-12);
      }
    }),
  );
  assert.ok(found > 100);
});

test('scales with the price exactly, down to the smallest coins', () => {
  const closes = randomWalk(77, '2024-01-01', 365, 500).values as string[];
  const tiny = closes.map((close) => `0.000000${close.replace('.', '').padStart(14, '0')}`);
  const levels = priceLevels(barsOf(closes));
  assert.ok(levels.length > 0);
  assert.deepEqual(
    priceLevels(barsOf(tiny)).map(({ kind, touches }) => [kind, touches]),
    levels.map(({ kind, touches }) => [kind, touches]),
  );
});

test('counts touches and tells the exact mean of what turned there', () => {
  // Lows at 98.01, 98.02 and 98.1, highs at 103 and 103.1, a lone low at 95 and a lone high at 99.
  const closes = [
    99.5, 99, 98.01, 99, 100.2, 101.6, 103, 101.8, 100.4, 99.2, 98.02, 99.1, 100.5, 101.9, 103.1, 101.7,
    100.3, 99, 97.8, 96.4, 95, 96.2, 97.5, 99, 98.2, 98.1, 99.3, 100,
  ];
  const levels = priceLevels(barsOf(closes.map(String)));
  assert.deepEqual(
    levels.map(({ kind, price, touches }) => [kind, price.amount.toFixed(), price.currency, touches]),
    [
      ['SUPPORT', '98.043333333333333333', 'USD', 3],
      ['RESISTANCE', '103.05', 'USD', 2],
    ],
  );
});

test('has no levels without turns: too few closes, a straight line, a price that never moves', () => {
  assert.deepEqual(priceLevels([]), []);
  assert.deepEqual(priceLevels(barsOf(['1', '2', '3'])), []);
  assert.deepEqual(priceLevels(barsOf(Array.from({ length: 50 }, (_, day) => String(day + 1)))), []);
  assert.deepEqual(priceLevels(barsOf(Array(50).fill('1'))), []);
});

test('takes a swing point when the two closes on each side are beyond it, and not before they are there', () => {
  assert.deepEqual(swingPoints([1, 2, 3, 2, 1]), { highs: [2], lows: [] });
  assert.deepEqual(swingPoints([1, 2, 3, 2]), { highs: [], lows: [] });
  assert.deepEqual(swingPoints([1, 2, 3, 3, 1, 0]), { highs: [], lows: [] });
  assert.deepEqual(swingPoints([5, 4, 1, 4, 5, 6, 5, 4]), { highs: [5], lows: [2] });
});
