import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { CloseSeries } from '../../../subgraphs/price/history/close-series.ts';
import { gridEnds, pickEvenly } from '../../../subgraphs/price/history/history-range.ts';
import { parseCloses } from '../../../subgraphs/price/recording/recording-set.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';

test('a grid leaves the start of its span out and has the end', () => {
  assert.deepEqual(gridEnds(0, 30, 10), [10, 20, 30]);
  assert.deepEqual(gridEnds(1, 29, 10), [10, 20]);
  assert.deepEqual(gridEnds(1, 9, 10), []);
  assert.deepEqual(gridEnds(0, 30, 10, 4), [4, 14, 24]);
});

test('picks as many items as asked for, in order, the first and the last among them', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 500 }), fc.integer({ min: 2, max: 200 }), (length, count) => {
      const items = Array.from({ length }, (_, index) => index);
      const picked = pickEvenly(items, count);
      assert.equal(picked.length, Math.min(length, count));
      assert.deepEqual([picked[0], picked.at(-1)], [items[0], items.at(-1)]);
      assert.ok(picked.every((item, index) => index === 0 || item > (picked[index - 1] as number)));
    }),
  );
});

test('a replayed series ends with the last period that is over', () => {
  const series = new CloseSeries(10, 10, ['1', null, '3']);
  assert.equal(series.replayed(0, 9).length, 0);
  assert.equal(series.replayed(0, 29).lastEndMs, 20);
  assert.equal(series.replayed(0, 29).lastTradedEndMs(), 10);
  const moved = series.replayed(100, 1000);
  assert.equal(moved.at(130), '3');
  assert.equal(moved.at(30), null);
  assert.equal(moved.at(125), null);
  assert.deepEqual(series.replayed(0, 20).values(), ['1', null]);
});

test('reads closes by the end of their day, a missing day as null', () => {
  const series = parseCloses('date,close\n2026-01-01,1.50\n2026-01-03,2\n', 'ONE_DAY');
  const firstEndMs = Date.parse('2026-01-02T00:00:00Z');
  assert.equal(series.firstEndMs, firstEndMs);
  assert.equal(series.at(firstEndMs), '1.50');
  assert.equal(series.at(firstEndMs + DAY_MS), null);
  assert.equal(series.at(firstEndMs + 2 * DAY_MS), '2');
});

test('reads the close of a candle by the end of its hour', () => {
  const csv = 'openTime,open,high,low,close,volume,closed\n2026-01-01T05:00:00.000Z,1,4,0.5,3,10,true\n';
  const series = parseCloses(csv, 'ONE_HOUR');
  assert.equal(series.at(Date.parse('2026-01-01T06:00:00Z')), '3');
});

test('refuses a table out of order, without rows or without closes', () => {
  assert.throws(() => parseCloses('date,close\n2026-01-02,1\n2026-01-01,1\n', 'ONE_DAY'), /ascending/);
  assert.throws(() => parseCloses('date,close\n', 'ONE_DAY'), /rows/);
  assert.throws(() => parseCloses('date,open\n2026-01-02,1\n', 'ONE_DAY'), /close/);
});
