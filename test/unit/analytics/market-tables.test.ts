import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { barsOf } from '../../../subgraphs/analytics/market/bars.ts';
import { DailyCloses } from '../../../subgraphs/analytics/market/close-table.ts';
import { closesInCurrency } from '../../../subgraphs/analytics/market/closes-in-currency.ts';
import { riskMetrics } from '../../../subgraphs/analytics/market/risk-metrics.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { createMarketData } from '../../kit/market-data.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const question = { window: 'DAYS_90', benchmarkTokenId: 'bitcoin', riskFreeRate: 0 } as const;

test('makes ISO weeks of days: each from a Monday, with the last close of the week, when it is over', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: -3000, max: 30_000 }),
      fc.array(fc.option(fc.integer({ min: 1, max: 99 }).map(String)), { minLength: 1, maxLength: 60 }),
      (firstDay, values) => {
        const from = new Date(firstDay * DAY_MS).toISOString().slice(0, 10);
        const weeks = barsOf(new DailyCloses({ from, values }), 'ONE_WEEK');
        const endMs = (firstDay + values.length) * DAY_MS;
        const expected: { openTimeMs: number; close: string }[] = [];
        for (const [index, close] of values.entries()) {
          const at = new Date((firstDay + index) * DAY_MS);
          const openTimeMs = at.getTime() - ((at.getUTCDay() + 6) % 7) * DAY_MS;
          if (close === null || openTimeMs + 7 * DAY_MS > endMs) continue;
          if (expected.at(-1)?.openTimeMs === openTimeMs) expected.pop();
          expected.push({ openTimeMs, close });
        }
        assert.deepEqual(weeks, expected);
      },
    ),
  );
});

test('leaves days out on which a token was not traded', () => {
  const bars = barsOf(new DailyCloses({ from: '2026-01-01', values: ['1', null, '2.50'] }), 'ONE_DAY');
  assert.deepEqual(bars, [
    { openTimeMs: Date.parse('2026-01-01'), close: '1' },
    { openTimeMs: Date.parse('2026-01-03'), close: '2.50' },
  ]);
});

test('keeps the last close over a gap, and has none before the first one', () => {
  const daily = new DailyCloses({ from: '2026-01-01', values: [null, '3', null] });
  const day = Date.parse('2026-01-01') / DAY_MS;
  assert.equal(daily.lastUpTo(day), undefined);
  assert.equal(daily.lastUpTo(day + 2)?.toFixed(), '3');
  assert.equal(daily.lastUpTo(day + 100)?.toFixed(), '3');
  assert.equal(daily.firstTradedDay, day + 1);
  assert.ok(Number.isNaN(daily.numberAt(day)) && Number.isNaN(daily.numberAt(day + 9)));
});

test('tells closes in bitcoin with 18 places, ties to even', () => {
  const { closes } = createMarketData({
    bitcoin: { from: '2026-01-01', values: ['3', '2', '0'] },
    coin: { from: '2026-01-01', values: ['1', '0.000000000000000005', '7'] },
  });
  const inBitcoin = closesInCurrency(closes, 'BTC');
  const day = Date.parse('2026-01-01') / DAY_MS;
  assert.equal(inBitcoin.lastUpTo('coin', day)?.toFixed(), '0.333333333333333333');
  assert.equal(inBitcoin.lastUpTo('coin', day + 1)?.toFixed(), '0.000000000000000002');
  assert.equal(inBitcoin.lastUpTo('coin', day + 2), undefined);
  assert.equal(inBitcoin.lastUpTo('bitcoin', day)?.toFixed(), '1');
  assert.equal(inBitcoin.firstDayOf('no-such-token'), undefined);
});

test('takes risk over the stretch without a gap that ends at the last closed day', () => {
  const walk = randomWalk(5, '2026-01-01', 200, 10);
  const gappy = { ...walk, values: walk.values.with(140, null) };
  const { figures } = createMarketData({
    bitcoin: walk,
    gappy,
    ended: randomWalk(6, '2026-01-01', 199, 10),
  });
  assert.equal(figures.riskOf('bitcoin', question)?.observations, 90);
  assert.equal(figures.riskOf('gappy', question)?.observations, 58);
  assert.equal(figures.riskOf('gappy', question)?.from.getTime(), Date.parse('2026-01-01') + 142 * DAY_MS);
  assert.equal(figures.riskOf('ended', question), null);
});

test('computes the same question once for a version of the closes', () => {
  const { figures } = createMarketData({ bitcoin: randomWalk(5, '2026-01-01', 200, 10) });
  assert.equal(figures.riskOf('bitcoin', question), figures.riskOf('bitcoin', { ...question }));
  assert.notEqual(
    figures.riskOf('bitcoin', question),
    figures.riskOf('bitcoin', { ...question, riskFreeRate: 0.1 }),
  );
  const indicators = figures.bars.indicatorsOf('bitcoin', 'ONE_DAY');
  assert.equal(indicators, figures.bars.indicatorsOf('bitcoin', 'ONE_DAY'));
  assert.equal(indicators?.macd(), indicators?.macd());
});

test('names the days of the deepest fall by the ends of those days', () => {
  const values = Array.from({ length: 40 }, (_, index) => (index === 20 ? 50 : 100 + index));
  const metrics = riskMetrics(
    { lastDay: 39, valueAt: (day) => values[day] ?? Number.NaN, benchmarkAt: () => Number.NaN },
    question,
  );
  assert.equal(metrics?.maxDrawdownFrom?.getTime(), 20 * DAY_MS);
  assert.equal(metrics?.maxDrawdownTo?.getTime(), 21 * DAY_MS);
  assert.equal(metrics?.maxDrawdown, 50 / 119 - 1);
  assert.deepEqual([metrics?.beta, metrics?.correlation], [null, null]);
});
