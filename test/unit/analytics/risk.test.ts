import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { annualizedReturn, calmarRatio } from '../../../subgraphs/analytics/metrics/annualized-return.ts';
import { maxDrawdown } from '../../../subgraphs/analytics/metrics/max-drawdown.ts';
import { riskStatistics } from '../../../subgraphs/analytics/metrics/risk-statistics.ts';
import { sharpeRatio } from '../../../subgraphs/analytics/metrics/sharpe-ratio.ts';
import { downsideDeviation, sortinoRatio } from '../../../subgraphs/analytics/metrics/sortino-ratio.ts';
import { tailLoss } from '../../../subgraphs/analytics/metrics/value-at-risk.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { deepestFall, plainRisk } from '../../kit/plain-risk.ts';

const closes = (minLength: number) =>
  fc
    .array(fc.double({ min: 0.01, max: 1000, noNaN: true }), { minLength, maxLength: 400 })
    .map((values) => Float64Array.from(values));

test('gives the Sortino ratio of Rollinger and Hoffman, "Sortino: A Sharper Ratio" (Red Rock Capital)', () => {
  const returns = Float64Array.of(0.17, 0.15, 0.23, -0.05, 0.12, 0.09, 0.13, -0.04);
  assert.equal(downsideDeviation(returns, 0).toFixed(5), '0.02264');
  // Their example is not annualised.
  assert.equal(((sortinoRatio(returns, 0) as number) / Math.sqrt(365)).toFixed(3), '4.417');
});

test('agrees with a plain computation on all statistics', () => {
  fc.assert(
    fc.property(closes(31), fc.double({ min: -0.5, max: 10, noNaN: true }), (values, riskFreeRate) => {
      const statistics = riskStatistics({ closes: values, benchmarkCloses: values, riskFreeRate });
      assert.ok(statistics !== null);
      const expected = plainRisk([...values], [...values], riskFreeRate);
      assert.equal(statistics.observations, expected.observations);
      assertClose(statistics.totalReturn, expected.totalReturn, 1e-9);
      assertClose(statistics.annualizedVolatility, expected.annualizedVolatility, 1e-9);
      fc.pre(expected.excessDeviation > 1e-3);
      assertClose(statistics.sharpeRatio, expected.sharpeRatio, 1e-9);
      if (Number.isFinite(expected.sortinoRatio))
        assertClose(statistics.sortinoRatio, expected.sortinoRatio, 1e-9);
      assertClose(statistics.beta, 1, 1e-9);
      assertClose(statistics.correlation, 1, 1e-9);
    }),
  );
});

test('finds the deepest fall between any two days', () => {
  fc.assert(
    fc.property(closes(1), (values) => {
      const { depth, peakIndex, bottomIndex } = maxDrawdown(values);
      assert.equal(depth, deepestFall([...values]));
      if (peakIndex === null || bottomIndex === null) assert.equal(depth, 0);
      else assert.equal((values[bottomIndex] as number) / (values[peakIndex] as number) - 1, depth);
    }),
  );
});

test('has no drawdown dates and no Calmar ratio when closes never fall', () => {
  const rising = Float64Array.of(1, 1, 2, 3);
  assert.deepEqual(maxDrawdown(rising), { depth: 0, peakIndex: null, bottomIndex: null });
  assert.equal(calmarRatio(Float64Array.of(0, 1, 0.5), 0), null);
});

test('annualises geometrically: a doubling in 73 days is 2^5 a year', () => {
  const daily = 2 ** (1 / 73) - 1;
  const returns = new Float64Array(73).fill(daily);
  assertClose(annualizedReturn(returns), 31, 1e-9);
  assertClose(calmarRatio(returns, -0.5), 62, 1e-9);
});

test('has no ratio where nothing varies or nothing fell', () => {
  const constant = new Float64Array(40).fill(0.001);
  assert.equal(sharpeRatio(constant, 0), null);
  assert.equal(sortinoRatio(constant, 0), null);
  assert.equal(sortinoRatio(constant, 0.001), null);
});

test('puts value at risk on the boundary of the worst 5 %, and the mean of the tail beyond it', () => {
  // 41 returns: h = 40 · 0.05 = 2, so the third worst is the quantile and the three worst are the tail.
  const returns = Float64Array.from({ length: 41 }, (_, index) => (index - 20) / 100);
  const { valueAtRisk95, conditionalValueAtRisk95 } = tailLoss(returns);
  assertClose(valueAtRisk95, 0.18, 1e-15);
  assertClose(conditionalValueAtRisk95, 0.19, 1e-15);
});

test('never expects a smaller loss beyond value at risk than at it', () => {
  fc.assert(
    fc.property(fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength: 1 }), (values) => {
      const { valueAtRisk95, conditionalValueAtRisk95 } = tailLoss(Float64Array.from(values));
      assert.ok(conditionalValueAtRisk95 >= valueAtRisk95 - 1e-15);
    }),
  );
});

test('says nothing for fewer than 30 returns, or of a benchmark on fewer common days', () => {
  const values = Float64Array.from({ length: 31 }, (_, index) => 100 + Math.sin(index));
  const question = { benchmarkCloses: values, riskFreeRate: 0 };
  assert.equal(riskStatistics({ ...question, closes: values.slice(1) }), null);
  assert.notEqual(riskStatistics({ ...question, closes: values })?.beta, null);
  const gap = values.with(0, Number.NaN);
  const statistics = riskStatistics({ closes: values, benchmarkCloses: gap, riskFreeRate: 0 });
  assert.deepEqual([statistics?.beta, statistics?.correlation], [null, null]);
});
