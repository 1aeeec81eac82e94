import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { errorFunction as approximateErrorFunction } from 'simple-statistics';
import { SMA } from 'technicalindicators';
import { DailyCloses } from '../../../subgraphs/analytics/market/close-table.ts';
import { tradingSignal } from '../../../subgraphs/analytics/market/trading-signal.ts';
import { errorFunction } from '../../../subgraphs/analytics/metrics/error-function.ts';
import { trendProbability } from '../../../subgraphs/analytics/metrics/moving-average-rule.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk, seededRandom } from '../../kit/random-walk.ts';

const signalOf = (values: (string | null)[]) => {
  const daily = new DailyCloses({ from: '1970-01-01', values });
  return tradingSignal(daily, daily.lastDay);
};

test('follows the 200-day average as an independent library computes it', () => {
  const seen = new Set<string>();
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 200, max: 420 }), (seed, days) => {
      const texts = randomWalk(seed, '1970-01-01', days, 100).values as string[];
      const values = texts.map(Number);
      const averages = SMA.calculate({ period: 200, values });
      const directions = averages.map((average, index) => {
        const close = values[index + 199] as number;
        if (close > average * 1.01) return 'BULLISH';
        return close < average * 0.99 ? 'BEARISH' : 'NEUTRAL';
      });
      const found = signalOf(texts);
      const direction = directions.at(-1) as string;
      const start = directions.findLastIndex((other) => other !== direction) + 1 + 199;
      const growth = (values.at(-1) as number) / (values[start] as number) - 1;
      const sides: Record<string, number> = { BULLISH: 1, NEUTRAL: 0, BEARISH: -1 };
      seen.add(direction);
      assert.equal(found?.direction, direction);
      assert.equal(found?.since.getTime(), (start + 1) * DAY_MS);
      assert.equal(found?.priceAtSignal.amount.toFixed(8), texts[start]);
      assertClose(found?.returnSince as number, (sides[direction] as number) * growth, 1e-12);
      assert.equal(found?.confidence === 0, direction === 'NEUTRAL');
    }),
    // A seed of its own, so that every direction is among the runs each time.
    { seed: 42, numRuns: 400 },
  );
  assert.deepEqual([...seen].toSorted(), ['BEARISH', 'BULLISH', 'NEUTRAL']);
});

test('is as sure as random walks say: the probability is spread evenly when there is no trend', () => {
  // A probability integral transform is uniform; the bound is far beyond the 1% point of Kolmogorov's statistic.
  const random = seededRandom(42);
  const runs = 400;
  const found = Float64Array.from({ length: runs }, () => {
    let log = 0;
    const closes = Float64Array.from({ length: 200 }, () => {
      log += 0.03 * Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
      return Math.exp(log);
    });
    return trendProbability(closes, 199);
  }).toSorted();
  const furthest = Math.max(...found.map((value, index) => Math.abs(value - (index + 0.5) / runs)));
  assert.ok(furthest < 0.1, `Kolmogorov distance ${furthest}`);
});

test('says nothing of less than 200 closes, or of a token that is traded no more', () => {
  const { values } = randomWalk(3, '1970-01-01', 200, 100);
  assert.equal(signalOf(values.slice(1)), null);
  assert.notEqual(signalOf(values), null);
  assert.equal(signalOf([...values, null]), null);
  assert.equal(signalOf([]), null);
});

test('counts days with a close alone', () => {
  const { values } = randomWalk(3, '1970-01-01', 250, 100);
  const gappy = values.flatMap((value, index) => (index % 50 === 25 ? [null, value] : [value]));
  const [found, whole] = [signalOf(gappy), signalOf(values)];
  assert.equal(found?.direction, whole?.direction);
  assert.equal(found?.confidence, whole?.confidence);
  assert.equal(found?.returnSince, whole?.returnSince);
});

test('has no view of a price that never moves', () => {
  const found = signalOf(Array(300).fill('1'));
  assert.equal(found?.direction, 'NEUTRAL');
  assert.equal(found?.confidence, 0);
  assert.equal(found?.returnSince, 0);
  assert.equal(found?.since.getTime(), 200 * DAY_MS, 'since the first day that could be judged');
});

test('computes the error function: tabulated values, and an independent approximation', () => {
  // Abramowitz and Stegun, table 7.1.
  assertClose(errorFunction(0.5), 0.5204998778, 1e-10);
  assertClose(errorFunction(1), 0.8427007929, 1e-10);
  assertClose(errorFunction(2), 0.995322265, 1e-10);
  assert.equal(errorFunction(0), 0);
  assert.equal(errorFunction(-40), -1);
  fc.assert(
    fc.property(fc.double({ min: -8, max: 8, noNaN: true }), (x) => {
      assertClose(errorFunction(x), approximateErrorFunction(x), 2e-7);
      assert.equal(errorFunction(-x), -errorFunction(x));
    }),
  );
});
