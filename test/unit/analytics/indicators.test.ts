import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { BollingerBands, EMA, MACD, RSI, SMA } from 'technicalindicators';
import { technicalIndicators } from '../../../subgraphs/analytics/market/technical-indicators.ts';
import { bollingerBands } from '../../../subgraphs/analytics/metrics/bollinger-bands.ts';
import { ema } from '../../../subgraphs/analytics/metrics/ema.ts';
import {
  type IndicatorDecimal,
  roundIndicator,
  toIndicatorDecimal,
} from '../../../subgraphs/analytics/metrics/indicator-decimal.ts';
import { macd } from '../../../subgraphs/analytics/metrics/macd.ts';
import { rsi } from '../../../subgraphs/analytics/metrics/rsi.ts';
import { sma } from '../../../subgraphs/analytics/metrics/sma.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const cents = fc.array(fc.integer({ min: 1, max: 10_000_000 }), { minLength: 36, maxLength: 120 });
const macdOf = (closes: readonly IndicatorDecimal[]) => macd(ema(closes, 12), ema(closes, 26));
const decimals = (values: readonly number[]) => values.map((value) => toIndicatorDecimal(String(value)));

test('gives the RSI of the example of StockCharts ChartSchool', () => {
  const closes = [
    44.3389, 44.0902, 44.1497, 43.6124, 44.3278, 44.8264, 45.0955, 45.4245, 45.8433, 46.0826, 45.8931,
    46.0328, 45.614, 46.282, 46.282, 46.0028, 46.0328, 46.4116, 46.2222, 45.6439,
  ];
  const published = ['70.53', '66.32', '66.55', '69.41', '66.36', '57.97'];
  for (const [index, expected] of published.entries()) {
    assert.equal(rsi(Float64Array.from(closes.slice(0, 15 + index)), 14)?.toFixed(2), expected);
  }
});

test('agrees with technicalindicators on RSI, which rounds to 2 places', () => {
  fc.assert(
    fc.property(cents, (values) => {
      const expected = RSI.calculate({ period: 14, values }).at(-1) as number;
      const found = rsi(Float64Array.from(values), 14) as number;
      assert.ok(Math.abs(found - expected) <= 0.005 + 1e-9, `${found} against ${expected}`);
    }),
  );
});

test('has an RSI of 100 without losses, 0 without gains, none for too few closes', () => {
  const rising = Float64Array.from({ length: 15 }, (_, index) => index + 1);
  assert.equal(rsi(rising, 14), 100);
  assert.equal(rsi(rising.toReversed(), 14), 0);
  assert.equal(rsi(rising.slice(1), 14), null);
});

test('agrees with technicalindicators on averages, MACD and bands', () => {
  fc.assert(
    fc.property(cents, (values) => {
      const exact = decimals(values);
      assertClose(
        sma(exact, 20)?.toNumber() ?? null,
        SMA.calculate({ period: 20, values }).at(-1) as number,
        1e-9,
      );
      const averages = ema(exact, 12).map((value) => value.toNumber());
      const expected = EMA.calculate({ period: 12, values });
      assert.equal(averages.length, expected.length);
      for (const [index, value] of averages.entries()) assertClose(value, expected[index] as number, 1e-9);

      const lines = MACD.calculate({
        values,
        fastPeriod: 12,
        slowPeriod: 26,
        signalPeriod: 9,
        SimpleMAOscillator: false,
        SimpleMASignal: false,
      });
      const found = macdOf(exact);
      const scale = Math.max(...values) * 1e-9;
      const last = lines.at(-1);
      assert.ok(Math.abs((found?.line.toNumber() as number) - (last?.MACD as number)) < scale);
      assert.ok(Math.abs((found?.signal?.toNumber() as number) - (last?.signal as number)) < scale);
      assert.ok(Math.abs((found?.histogram?.toNumber() as number) - (last?.histogram as number)) < scale);

      const bands = bollingerBands(exact);
      const band = BollingerBands.calculate({ period: 20, stdDev: 2, values }).at(-1);
      assert.ok(Math.abs((bands?.upper.toNumber() as number) - (band?.upper as number)) < scale);
      assert.ok(Math.abs((bands?.lower.toNumber() as number) - (band?.lower as number)) < scale);
      if (values.slice(-20).some((value) => value !== values.at(-1))) {
        assertClose(bands?.percentB ?? null, band?.pb as number, 1e-6);
      }
    }),
    { numRuns: 50 },
  );
});

test('loses no digit of a small price: averages are exact', () => {
  const closes = Array.from({ length: 20 }, (_, index) => toIndicatorDecimal(`0.0000092${10 + index}`));
  assert.equal(roundIndicator(sma(closes, 20) as never).toFixed(), '0.0000092195');
});

test('seeds EMA with the simple average of its first values', () => {
  assert.deepEqual(
    ema(decimals([1, 2, 3, 7, 4.5]), 3).map((value) => value.toFixed()),
    ['2', '4.5', '4.5'],
  );
});

test('has no figure before there are enough closes', () => {
  const closes = decimals(Array.from({ length: 33 }, (_, index) => index + 1));
  assert.equal(sma(closes.slice(0, 19), 20), undefined);
  assert.equal(bollingerBands(closes.slice(0, 19)), undefined);
  assert.deepEqual(ema(closes.slice(0, 11), 12), []);
  assert.equal(macdOf(closes.slice(0, 25)), undefined);
  assert.notEqual(macdOf(closes.slice(0, 26)), undefined);
  assert.equal(macdOf(closes)?.signal, null);
  assert.notEqual(macdOf([...closes, toIndicatorDecimal(34)])?.signal, null);
});

test('writes the averages of a long history as if all of it had gone in', () => {
  const { values } = randomWalk(9, '2018-01-01', 3000, 100);
  const bars = values.map((close, index) => ({ openTimeMs: index * DAY_MS, close: close as string }));
  const closes = values.map((close) => toIndicatorDecimal(close as string));
  const figures = technicalIndicators(() => bars);
  const whole = macdOf(closes);
  assert.equal(figures?.ema12()?.toFixed(), ema(closes, 12).at(-1)?.toDecimalPlaces(18).toFixed());
  assert.equal(figures?.ema26()?.toFixed(), ema(closes, 26).at(-1)?.toDecimalPlaces(18).toFixed());
  assert.equal(figures?.macd()?.line.toFixed(), whole?.line.toDecimalPlaces(18).toFixed());
  assert.equal(figures?.macd()?.signal?.toFixed(), whole?.signal?.toDecimalPlaces(18).toFixed());
  assert.equal(figures?.macd()?.histogram?.toFixed(), whole?.histogram?.toDecimalPlaces(18).toFixed());
  assert.equal(figures?.barOpenTime.getTime(), 2999 * DAY_MS);
});
