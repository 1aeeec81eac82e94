import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import * as oracle from 'simple-statistics';
import { beta } from '../../../subgraphs/analytics/metrics/beta.ts';
import { commonObservations, correlation } from '../../../subgraphs/analytics/metrics/correlation.ts';
import {
  sampleCovariance,
  sampleStandardDeviation,
} from '../../../subgraphs/analytics/metrics/covariance.ts';
import { mean } from '../../../subgraphs/analytics/metrics/mean.ts';
import { quantile } from '../../../subgraphs/analytics/metrics/quantile.ts';
import { assertClose } from '../../kit/assert-close.ts';

const returns = (minLength: number) =>
  fc.array(fc.double({ min: -0.5, max: 0.5, noNaN: true }), { minLength, maxLength: 400 });
const pairs = fc.array(
  fc.tuple(fc.double({ min: -0.5, max: 0.5, noNaN: true }), fc.double({ min: -0.5, max: 0.5, noNaN: true })),
  { minLength: 30, maxLength: 400 },
);

test('agrees with simple-statistics on mean and deviation', () => {
  fc.assert(
    fc.property(returns(2), (values) => {
      assertClose(mean(values), oracle.mean(values), 1e-12);
      assertClose(sampleStandardDeviation(values), oracle.sampleStandardDeviation(values), 1e-9);
    }),
  );
});

test('agrees with simple-statistics on covariance, correlation and beta', () => {
  fc.assert(
    fc.property(pairs, (tuples) => {
      const xs = Float64Array.from(tuples, ([x]) => x);
      const ys = Float64Array.from(tuples, ([, y]) => y);
      const covariance = oracle.sampleCovariance([...xs], [...ys]);
      assertClose(sampleCovariance(xs, ys), covariance, 1e-12);
      fc.pre(oracle.sampleVariance([...xs]) > 1e-6 && oracle.sampleVariance([...ys]) > 1e-6);
      assertClose(correlation(xs, ys), oracle.sampleCorrelation([...xs], [...ys]), 1e-9);
      assertClose(beta(xs, ys), covariance / oracle.sampleVariance([...ys]), 1e-9);
    }),
  );
});

test('keeps correlation within -1 and 1 and symmetric', () => {
  fc.assert(
    fc.property(pairs, fc.double({ min: -3, max: 3, noNaN: true }), (tuples, slope) => {
      const xs = Float64Array.from(tuples, ([x]) => x);
      const ys = xs.map((x) => slope * x);
      const coefficient = correlation(xs, ys);
      assert.equal(coefficient, correlation(ys, xs));
      assert.ok(coefficient === null || Math.abs(coefficient) <= 1);
    }),
  );
});

test('has no correlation and no beta where nothing varies', () => {
  const constant = new Float64Array(40).fill(0.1);
  const varying = Float64Array.from({ length: 40 }, (_, index) => Math.sin(index));
  assert.equal(correlation(varying, constant), null);
  assert.equal(correlation(constant, varying), null);
  assert.equal(beta(varying, constant), null);
  assert.equal(beta(constant, varying), 0);
});

test('takes common days only', () => {
  const { xs, ys, observations } = commonObservations(
    Float64Array.of(1, Number.NaN, 3, 4),
    Float64Array.of(5, 6, Number.NaN, 8),
  );
  assert.deepEqual([[...xs], [...ys], observations], [[1, 4], [5, 8], 2]);
});

test("interpolates quantiles as in the example of Excel's PERCENTILE.INC", () => {
  assertClose(quantile(Float64Array.of(1, 3, 2, 4), 0.3), 1.9, 1e-15);
});

test('finds each order statistic at its own probability', () => {
  fc.assert(
    fc.property(returns(2), (values) => {
      const sorted = values.toSorted((a, b) => a - b);
      const index = sorted.length >> 1;
      assertClose(
        quantile(Float64Array.from(values), index / (sorted.length - 1)),
        sorted[index] as number,
        1e-12,
      );
    }),
  );
});
