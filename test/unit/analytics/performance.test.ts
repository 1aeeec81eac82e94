import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { portfolioPerformance } from '../../../subgraphs/analytics/portfolio/performance.ts';
import type { PerformanceRange } from '../../../subgraphs/analytics/portfolio/performance-span.ts';
import type { LedgerEntry } from '../../../subgraphs/analytics/portfolio/representation.ts';
import { DAY_MS } from '../../../subgraphs/shared/clock.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';
import type { CloseSeries } from '../../../subgraphs/shared/market-copy.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { createMarketData } from '../../kit/market-data.ts';
import { naivePerformance } from '../../kit/naive-performance.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const FIRST_DAY = Date.parse('2026-04-10') / DAY_MS;
/** Closes of 120 days; the last one closed when 2026-08-08 began. */
const DAYS = 120;

const full = randomWalk(11, '2026-04-10', DAYS, 50_000);
const series: Record<string, CloseSeries> = {
  bitcoin: full,
  steady: randomWalk(12, '2026-04-10', DAYS, 3),
  late: randomWalk(13, '2026-06-01', 68, 0.002),
  gappy: {
    from: '2026-04-10',
    values: randomWalk(14, '2026-04-10', DAYS, 7).values.map((value, day) =>
      day < 3 || day % 5 === 2 ? null : value,
    ),
  },
  gone: randomWalk(15, '2026-04-10', 60, 20),
};
const market = createMarketData(series);

const entry = (at: string, token: string, quantityDelta: string, externalFlow: string): LedgerEntry => ({
  at: Date.parse(at),
  token,
  quantityDelta: new Decimal(quantityDelta),
  externalFlow: new Decimal(externalFlow),
});

/** Purchases, rewards, and sales of a tenth as much. */
const ledgers = fc.array(
  fc
    .record({
      at: fc.integer({ min: FIRST_DAY * DAY_MS, max: (FIRST_DAY + DAYS + 1) * DAY_MS - 1 }),
      token: fc.constantFrom('bitcoin', 'steady', 'late', 'gappy', 'gone', 'no-such-token'),
      quantity: fc.integer({ min: 1, max: 5000 }),
      price: fc.integer({ min: 1, max: 3000 }),
      kind: fc.constantFrom('BUY', 'BUY', 'SELL', 'REWARD'),
    })
    .map(({ at, token, quantity, price, kind }) => {
      const quantityDelta = new Decimal(quantity).div(kind === 'SELL' ? -10_000 : 1000);
      const externalFlow = kind === 'REWARD' ? new Decimal(0) : quantityDelta.times(price).div(100);
      return { at, token, quantityDelta, externalFlow };
    }),
  { minLength: 1, maxLength: 30 },
);

const ranges: readonly (readonly [PerformanceRange, (begin: number) => number])[] = [
  ['ONE_DAY', () => FIRST_DAY + DAYS - 1],
  ['ONE_WEEK', () => FIRST_DAY + DAYS - 7],
  ['THREE_MONTHS', () => FIRST_DAY + DAYS - 90],
  ['YEAR_TO_DATE', () => Date.parse('2026-01-01') / DAY_MS],
  ['ALL', (begin) => begin],
];

test('agrees with a naive computation on random ledgers, ranges and currencies', () => {
  fc.assert(
    fc.property(
      ledgers,
      fc.constantFrom(...ranges),
      fc.constantFrom('USD', 'BTC'),
      (ledger, range, currency) => {
        const [name, fromDay] = range;
        const found = portfolioPerformance({ baseCurrency: currency, ledger }, name, market);
        if (ledger.every(({ token }) => token === 'no-such-token')) {
          assert.equal(found, null);
          return;
        }
        assert.ok(found !== null);
        const expected = naivePerformance({ ledger, series, currency, endDay: FIRST_DAY + DAYS, fromDay });
        fc.pre(expected.leastAtWork > 1e-4);
        assert.equal(found.from.getTime(), expected.start * DAY_MS);
        assert.equal(found.to.getTime(), expected.end * DAY_MS);
        assert.equal(found.series.length, expected.values.length);
        for (const [index, point] of found.series.entries()) {
          assertClose(point.value.amount.toNumber(), expected.values[index] as number, 1e-9);
          assertClose(point.cumulativeReturn, expected.cumulative[index] as number, 1e-9);
        }
        assertClose(found.netFlows.amount.toNumber(), expected.netFlows, 1e-9);
        const { startValue, endValue, netFlows, gain } = found;
        const sum = startValue.amount.plus(netFlows.amount).plus(gain.amount);
        assert.equal(sum.toFixed(), endValue.amount.toFixed(), 'gain is exact');
        assert.equal(found.timeWeightedReturn ?? 0, found.series.at(-1)?.cumulativeReturn);
      },
    ),
    { numRuns: 150 },
  );
});

test('returns what the token returned when it is bought once and held, however much is held', () => {
  const closes = full.values.map(Number);
  const bought = entry('2026-04-11T00:00:00Z', 'bitcoin', '0.25', String(Number(full.values[0]) / 4));
  const found = portfolioPerformance({ baseCurrency: 'USD', ledger: [bought] }, 'ALL', market);
  const growth = (closes.at(-1) as number) / (closes[0] as number);
  assertClose(found?.timeWeightedReturn ?? null, growth - 1, 1e-9);
  assertClose(found?.moneyWeightedReturn ?? null, growth ** (365 / (DAYS - 1)) - 1, 1e-9);
});

test('does not let money that comes and goes change the time-weighted return', () => {
  const day = (index: number) => new Date((FIRST_DAY + index) * DAY_MS).toISOString();
  // At midnight the price is the close of the day before: nothing is earned on the day of the flow itself.
  const trade = (index: number, quantity: number) =>
    entry(
      day(index),
      'steady',
      String(quantity),
      new Decimal(series.steady?.values[index - 1] as string).times(quantity).toFixed(),
    );
  const once = [trade(10, 100)];
  const often = [...once, trade(30, 5000), trade(60, -4990), trade(90, 17)];
  const [a, b] = [once, often].map((ledger) =>
    portfolioPerformance({ baseCurrency: 'USD', ledger }, 'ALL', market),
  );
  assertClose(b?.timeWeightedReturn ?? null, a?.timeWeightedReturn as number, 1e-9);
  assert.notEqual(a?.moneyWeightedReturn, b?.moneyWeightedReturn);
});

test('keeps the return when everything is sold, and goes on from there', () => {
  const sold = [
    entry('2026-07-01T10:00:00Z', 'steady', '10', '30'),
    entry('2026-07-20T10:00:00Z', 'steady', '-10', '-31'),
  ];
  const found = portfolioPerformance({ baseCurrency: 'USD', ledger: sold }, 'ALL', market);
  const last = Date.parse('2026-07-20T00:00:00Z');
  const before = found?.series.find(({ at }) => at.getTime() === last)?.cumulativeReturn as number;
  assert.notEqual(before, 0);
  assert.equal(found?.timeWeightedReturn, before);
  assert.equal(found?.endValue.amount.toFixed(), '0');
  assert.equal(found?.gain.amount.toFixed(), '1');
});

test('values a token that came late from its first close on, as if transferred in', () => {
  const ledger = [entry('2026-05-01T00:00:00Z', 'late', '1000', '999')];
  const found = portfolioPerformance({ baseCurrency: 'USD', ledger }, 'ALL', market);
  const closes = series.late?.values as string[];
  assert.equal(found?.from.toISOString(), '2026-06-02T00:00:00.000Z');
  assert.equal(found?.netFlows.amount.toFixed(), new Decimal(closes[0] as string).times(1000).toFixed());
  assertClose(found?.timeWeightedReturn ?? null, Number(closes.at(-1)) / Number(closes[0]) - 1, 1e-9);
});

test('has no report for a ledger that nothing can value, or in a currency that nothing is told in', () => {
  const ledger = [entry('2026-07-01T00:00:00Z', 'no-such-token', '10', '30')];
  assert.equal(portfolioPerformance({ baseCurrency: 'USD', ledger: [] }, 'ALL', market), null);
  assert.equal(portfolioPerformance({ baseCurrency: 'USD', ledger }, 'ALL', market), null);
  const bought = [entry('2026-07-01T00:00:00Z', 'bitcoin', '10', '30')];
  assert.equal(portfolioPerformance({ baseCurrency: 'EUR', ledger: bought }, 'ALL', market), null);
});

test('is empty for a ledger that begins after the last closed day', () => {
  const ledger = [entry('2026-08-08T11:00:00Z', 'bitcoin', '1', '50000')];
  const found = portfolioPerformance({ baseCurrency: 'USD', ledger }, 'ALL', market);
  assert.equal(found?.from.getTime(), found?.to.getTime());
  assert.equal(found?.series.length, 1);
  assert.equal(found?.timeWeightedReturn, null);
  assert.equal(found?.moneyWeightedReturn, null);
});
