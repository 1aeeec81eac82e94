import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { INTERVAL_MS, startOfPeriod } from '../../../subgraphs/price/candles/candle-interval.ts';
import { type Candle, CandleSeries } from '../../../subgraphs/price/candles/candle-series.ts';
import { type CandleSelection, selectCandles } from '../../../subgraphs/price/candles/select-candles.ts';
import { Decimal, sumDecimals } from '../../../subgraphs/shared/decimal.ts';

const MINUTE_MS = INTERVAL_MS.ONE_MINUTE;
/** A Monday. */
const START_MS = Date.parse('2026-08-03T00:00:00Z');

function candleOf(minute: number, prices: readonly string[], volume: string | null = '1'): Candle {
  const [open = '', high = '', low = '', close = ''] = prices;
  return { openMs: START_MS + minute * MINUTE_MS, open, high, low, close, volume };
}

/** Covers whole hours from the start on, whatever candles there are. */
function seriesOf(candles: readonly Candle[], hours: number): CandleSeries {
  return new CandleSeries(MINUTE_MS, candles, {
    fromMs: START_MS,
    toMs: START_MS + hours * INTERVAL_MS.ONE_HOUR,
  });
}

function select(series: CandleSeries, selection: Partial<CandleSelection>) {
  const nowMs = selection.nowMs ?? series.coverage.toMs;
  return selectCandles(series, {
    intervalMs: INTERVAL_MS.ONE_HOUR,
    fromMs: START_MS,
    toMs: nowMs,
    fillGaps: false,
    limit: 1000,
    nowMs,
    ...selection,
  });
}

test('merges candles: first open, highest high, lowest low, last close, exact volume, texts kept', () => {
  const series = seriesOf(
    [
      candleOf(0, ['10.10', '12', '9.50', '11'], '0.1'),
      candleOf(7, ['11', '11.0', '9.5', '10'], '0.2'),
      candleOf(59, ['10', '12.0', '10', '10.70'], '1000000000000000000000.3'),
    ],
    1,
  );
  assert.deepEqual(select(series, {}), [
    {
      openMs: START_MS,
      open: '10.10',
      high: '12',
      low: '9.50',
      close: '10.70',
      volume: '1000000000000000000000.6',
      closed: true,
      filled: false,
    },
  ]);
});

test('an unknown volume makes an unknown sum', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1']), candleOf(1, ['1', '1', '1', '1'], null)], 1);
  assert.equal(select(series, {})[0]?.volume, null);
});

test('snaps the start down to a border; weeks begin on Monday, 00:00 UTC', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1'])], 24 * 7);
  const thursday = START_MS + 3.4 * INTERVAL_MS.ONE_DAY;
  assert.equal(select(series, { intervalMs: INTERVAL_MS.ONE_WEEK, fromMs: thursday })[0]?.openMs, START_MS);
  assert.equal(select(series, { intervalMs: INTERVAL_MS.ONE_DAY, fromMs: thursday }).length, 0);
  assert.equal(startOfPeriod(thursday, INTERVAL_MS.ONE_DAY), START_MS + 3 * INTERVAL_MS.ONE_DAY);
});

test('a longer candle is closed only when its period is over', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1']), candleOf(150, ['2', '2', '2', '2'])], 4);
  const nowMs = START_MS + 200 * MINUTE_MS;
  const running = series.replayed(0, nowMs);
  const states = (intervalMs: number) => select(running, { intervalMs, nowMs }).map(({ closed }) => closed);
  assert.deepEqual(states(INTERVAL_MS.ONE_HOUR), [true, true]);
  assert.deepEqual(states(INTERVAL_MS.FOUR_HOURS), [false]);
  assert.deepEqual(states(INTERVAL_MS.ONE_WEEK), [false]);
  const over = select(series, { intervalMs: INTERVAL_MS.FOUR_HOURS, nowMs: series.coverage.toMs });
  assert.deepEqual(
    over.map(({ closed, close }) => [closed, close]),
    [[true, '2']],
  );
});

test('does not invent missing periods, and fills them only when asked, after a trade', () => {
  const series = seriesOf([candleOf(60, ['1', '2', '1', '2']), candleOf(200, ['3', '3', '3', '3'])], 5);
  const hours = (fillGaps: boolean, fromHour = 0) =>
    select(series, { fillGaps, fromMs: START_MS + fromHour * INTERVAL_MS.ONE_HOUR }).map(
      ({ openMs, open, high, close, volume, filled }) => [
        (openMs - START_MS) / INTERVAL_MS.ONE_HOUR,
        [open, high, close, volume].join(),
        filled,
      ],
    );
  assert.deepEqual(hours(false), [
    [1, '1,2,2,1', false],
    [3, '3,3,3,1', false],
  ]);
  assert.deepEqual(hours(true), [
    [1, '1,2,2,1', false],
    [2, '2,2,2,0', true],
    [3, '3,3,3,1', false],
    [4, '3,3,3,0', true],
  ]);
  assert.deepEqual(hours(true, 2)[0], [2, '2,2,2,0', true], 'the close before the start is known');
});

test('does not fill a period that is still running', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1'])], 4);
  const nowMs = START_MS + 90 * MINUTE_MS;
  const filled = select(series.replayed(0, nowMs), { fillGaps: true, nowMs });
  assert.deepEqual(
    filled.map(({ closed }) => closed),
    [true],
  );
});

test('leaves out periods of which the source knows only a part', () => {
  const from = START_MS + 30 * MINUTE_MS;
  const candles = Array.from({ length: 120 }, (_, index) => candleOf(30 + index, ['1', '1', '1', '1']));
  const series = new CandleSeries(MINUTE_MS, candles);
  assert.deepEqual(series.coverage, { fromMs: from, toMs: from + 120 * MINUTE_MS });
  const longAfter = START_MS + 40 * INTERVAL_MS.ONE_WEEK;
  const whole = select(series, { nowMs: longAfter });
  assert.deepEqual(
    whole.map(({ openMs }) => openMs),
    [START_MS + INTERVAL_MS.ONE_HOUR],
  );
  assert.deepEqual(select(series, { nowMs: longAfter, fillGaps: true }), whole);
  assert.deepEqual(select(series, { nowMs: longAfter, intervalMs: INTERVAL_MS.ONE_WEEK }), []);
});

test('counts the limit from the start, filled candles too', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1']), candleOf(200, ['3', '3', '3', '3'])], 4);
  const opens = (fillGaps: boolean, limit: number) =>
    select(series, { fillGaps, limit }).map(({ openMs }) => (openMs - START_MS) / INTERVAL_MS.ONE_HOUR);
  assert.deepEqual(opens(false, 1), [0]);
  assert.deepEqual(opens(false, 2), [0, 3]);
  assert.deepEqual(opens(true, 3), [0, 1, 2]);
});

test('leaves out what opens at the end or later', () => {
  const series = seriesOf([candleOf(0, ['1', '1', '1', '1']), candleOf(60, ['2', '2', '2', '2'])], 2);
  assert.equal(select(series, { toMs: START_MS + INTERVAL_MS.ONE_HOUR }).length, 1);
  assert.equal(select(series, { toMs: START_MS + INTERVAL_MS.ONE_HOUR + 1 }).length, 2);
});

const price = fc.integer({ min: 1, max: 10_000 }).map((cents) => new Decimal(cents).dividedBy(100).toFixed());
/** Two days of minutes with gaps of any kind. */
const minutes = fc
  .uniqueArray(fc.tuple(fc.integer({ min: 0, max: 2879 }), price, price, price), {
    selector: ([minute]) => minute,
    minLength: 1,
    maxLength: 200,
  })
  .map((rows) =>
    rows
      .toSorted(([a], [b]) => a - b)
      .map(([minute, open, close, volume]) => {
        const [low, high] = new Decimal(open).lessThan(close) ? [open, close] : [close, open];
        return candleOf(minute, [open, high, low, close], volume);
      }),
  );

function values(candles: readonly Candle[]) {
  return candles.map(({ openMs, ...prices }) => [
    openMs,
    ...Object.values(prices).map((value) =>
      typeof value === 'string' ? new Decimal(value).toFixed() : value,
    ),
  ]);
}

test('minutes to hours to days are the same as minutes to days', () => {
  fc.assert(
    fc.property(minutes, (candles) => {
      const series = seriesOf(candles, 48);
      const direct = select(series, { intervalMs: INTERVAL_MS.ONE_DAY });
      const inBetween = [INTERVAL_MS.FIVE_MINUTES, INTERVAL_MS.ONE_HOUR, INTERVAL_MS.FOUR_HOURS];
      const stepwise = inBetween.reduce(
        (finer, intervalMs) =>
          new CandleSeries(
            intervalMs,
            select(finer, { intervalMs, nowMs: series.coverage.toMs }),
            series.coverage,
          ),
        series,
      );
      const throughHours = select(stepwise, { intervalMs: INTERVAL_MS.ONE_DAY });
      assert.deepEqual(values(throughHours), values(direct));
    }),
    { numRuns: 60 },
  );
});

test('merging conserves volume, and no price leaves the range of its parts', () => {
  fc.assert(
    fc.property(
      minutes,
      fc.constantFrom(...Object.values(INTERVAL_MS)),
      fc.boolean(),
      (candles, intervalMs, fillGaps) => {
        const series = seriesOf(candles, 24 * 7);
        const merged = select(series, { intervalMs, fillGaps, limit: Number.POSITIVE_INFINITY });
        const volumeOf = (list: readonly Candle[]) =>
          sumDecimals(list.map(({ volume }) => new Decimal(volume ?? Number.NaN))).toFixed();
        assert.equal(volumeOf(merged), volumeOf(candles));
        for (const { open, high, low, close } of merged) {
          assert.ok(Decimal.min(open, close).greaterThanOrEqualTo(low));
          assert.ok(Decimal.max(open, close).lessThanOrEqualTo(high));
        }
        for (const [index, candle] of merged.slice(1).entries()) {
          const before = merged[index];
          assert.ok(before !== undefined && candle.openMs > before.openMs);
          if (fillGaps) assert.equal(candle.openMs - before.openMs, intervalMs);
          if (candle.filled) assert.equal(candle.close, before.close);
        }
      },
    ),
    { numRuns: 60 },
  );
});
