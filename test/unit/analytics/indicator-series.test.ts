import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BollingerBands, EMA, MACD, RSI, SMA } from 'technicalindicators';
import { barColumnsOf } from '../../../subgraphs/analytics/market/bar-columns.ts';
import {
  type IndicatorPoint,
  type IndicatorQuestion,
  indicatorSeries,
} from '../../../subgraphs/analytics/market/indicator-series.ts';
import { technicalIndicators } from '../../../subgraphs/analytics/market/technical-indicators.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';

type Kind = IndicatorQuestion['kind'];

const barsOf = (closes: readonly (number | string)[]) =>
  closes.map((close, day) => ({ openTimeMs: day * DAY_MS, close: String(close) }));
const seriesOf = (closes: readonly (number | string)[], kind: Kind, period: number, last: number) =>
  indicatorSeries(barColumnsOf(barsOf(closes)), { kind, period }, last);
const valuesOf = (points: readonly IndicatorPoint[], key: 'value' | 'upper' | 'lower' = 'value') =>
  points.map((point) => point[key]);

/** The library tells no values before there are enough bars: there ours must be null, and equal from then on. */
function assertTail(found: readonly (number | null)[], expected: readonly number[], tolerance: number): void {
  const warmUp = found.length - Math.min(found.length, expected.length);
  assert.deepEqual(found.slice(0, warmUp), Array(warmUp).fill(null));
  const tail = found.length - warmUp === 0 ? [] : expected.slice(warmUp - found.length);
  for (const [index, value] of tail.entries()) {
    assertClose(found[warmUp + index] as number, value, tolerance);
  }
}

const question = fc.record({
  values: fc.array(fc.integer({ min: 1, max: 1_000_000 }), { minLength: 1, maxLength: 120 }),
  period: fc.integer({ min: 2, max: 40 }),
  last: fc.integer({ min: 1, max: 130 }),
});

test('agrees bar by bar with technicalindicators, whatever the period and the length', () => {
  fc.assert(
    fc.property(question, ({ values, period, last }) => {
      const scale = 1e-9 * Math.max(...values);
      const ask = (kind: Kind) => seriesOf(values, kind, period, last);
      assert.equal(ask('SMA').length, Math.min(last, values.length));
      assertTail(valuesOf(ask('SMA')), SMA.calculate({ period, values }), scale);
      assertTail(valuesOf(ask('EMA')), EMA.calculate({ period, values }), scale);
      // The library rounds RSI to 2 places.
      const rsi = values.length > period ? RSI.calculate({ period, values }) : [];
      assertTail(valuesOf(ask('RSI')), rsi, 0.005 + 1e-9);
      const bands = BollingerBands.calculate({ period, stdDev: 2, values });
      for (const [key, name] of [
        ['value', 'middle'],
        ['upper', 'upper'],
        ['lower', 'lower'],
      ] as const) {
        assertTail(
          valuesOf(ask('BOLLINGER'), key),
          bands.map((band) => band[name]),
          scale,
        );
      }
    }),
  );
});

test('agrees with technicalindicators on MACD, its signal and its histogram', () => {
  fc.assert(
    fc.property(question, ({ values, last }) => {
      const expected = MACD.calculate({
        values,
        fastPeriod: 12,
        slowPeriod: 26,
        signalPeriod: 9,
        SimpleMAOscillator: false,
        SimpleMASignal: false,
      }).filter(({ MACD: line }) => line !== undefined);
      const found = seriesOf(values, 'MACD', 14, last);
      const scale = 1e-9 * Math.max(...values);
      const known = (key: 'MACD' | 'signal' | 'histogram') =>
        expected.flatMap((point) => (point[key] === undefined ? [] : [point[key]]));
      assertTail(valuesOf(found), known('MACD'), scale);
      assertTail(valuesOf(found, 'upper'), known('signal'), scale);
      assertTail(valuesOf(found, 'lower'), known('histogram'), scale);
    }),
  );
});

test('ends at the figures that `indicators` tells of the same bar', () => {
  const { values } = randomWalk(9, '2018-01-01', 3000, 100);
  const closes = values as string[];
  const figures = technicalIndicators(() => barsOf(closes));
  const lastOf = (kind: Kind, period: number) =>
    seriesOf(closes, kind, period, 3).at(-1) as IndicatorPoint & { value: number };
  assertClose(lastOf('SMA', 200).value, Number(figures?.sma200()), 1e-12);
  assertClose(lastOf('EMA', 26).value, Number(figures?.ema26()), 1e-12);
  assert.equal(lastOf('RSI', 14).value, figures?.rsi14());
  const macd = lastOf('MACD', 14);
  assertClose(macd.value, Number(figures?.macd()?.line), 1e-9);
  assertClose(macd.upper, Number(figures?.macd()?.signal), 1e-9);
  assertClose(macd.lower, Number(figures?.macd()?.histogram), 1e-9);
  const bands = lastOf('BOLLINGER', 20);
  assertClose(bands.upper, Number(figures?.bollinger()?.upper), 1e-12);
  assertClose(bands.lower, Number(figures?.bollinger()?.lower), 1e-12);
  assert.equal(bands.barOpenTime.getTime(), 2999 * DAY_MS);
});

test('has the same value at a bar however many bars are asked for', () => {
  const closes = randomWalk(10, '2024-01-01', 700, 50).values as string[];
  for (const kind of ['SMA', 'EMA', 'RSI', 'MACD', 'BOLLINGER'] as const) {
    const long = seriesOf(closes, kind, 30, 500);
    assert.deepEqual(seriesOf(closes, kind, 30, 7), long.slice(-7));
  }
});
