import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { SMA } from 'technicalindicators';
import { CloseTable } from '../../../subgraphs/analytics/market/close-table.ts';
import { writeReports } from '../../../subgraphs/analytics/research/research-reports.ts';
import { runAtOnce } from '../../../subgraphs/analytics/run-in-slices.ts';
import type { TokenRecord } from '../../../subgraphs/shared/market-copy.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const DAY_MS = 86_400_000;

const tokenOf = (id: string, name: string): TokenRecord => ({
  id,
  symbol: id.toUpperCase(),
  name,
  status: 'ACTIVE',
  categories: [],
  chainIds: [],
});

function reportsOf(values: (string | null)[], { from = '2024-01-01', name = 'Coin' } = {}) {
  return runAtOnce(
    writeReports({
      tokens: new Map([['coin', tokenOf('coin', name)]]),
      closes: new CloseTable({ coin: { from, values } }),
    }),
  );
}

test('publishes one report of each reversal in the last 365 days, as an independent average finds them', () => {
  let found = 0;
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 1e6 }), fc.integer({ min: 150, max: 800 }), (seed, days) => {
      const { values } = randomWalk(seed, '2024-01-01', days, 100);
      const closes = values.map(Number);
      const averages = SMA.calculate({ period: 200, values: closes });
      const views = averages.flatMap((average, index) => {
        const day = index + 199;
        const ratio = (closes[day] as number) / average;
        return ratio > 1.01 || ratio < 0.99 ? [{ day, isAbove: ratio > 1 }] : [];
      });
      const expected = views
        .filter(({ isAbove }, index) => index > 0 && isAbove !== views[index - 1]?.isAbove)
        .filter(({ day }) => day >= days - 365)
        .map(({ day, isAbove }) => [Date.parse('2024-01-01') + (day + 1) * DAY_MS, isAbove])
        .toReversed();
      const reports = reportsOf(values);
      found += reports.length;
      assert.deepEqual(
        reports.map(({ publishedAt, title }) => [publishedAt.getTime(), title.includes('above')]),
        expected,
      );
    }),
  );
  assert.ok(found > 50);
});

test('keeps ids and bodies when the recording moves by whole days, and when days are added', () => {
  const { values } = randomWalk(11, '2024-01-01', 500, 100);
  const reports = reportsOf(values);
  assert.ok(reports.length > 1);
  const textOf = (all: typeof reports) => all.map(({ id, summary, body }) => [id, summary, body()]);
  assert.deepEqual(textOf(reportsOf(values, { from: '2024-01-05' })), textOf(reports));
  const earlier = textOf(reportsOf(values.slice(0, 480)));
  const byId = new Map(textOf(reports).map((text) => [text[0], text]));
  assert.ok(earlier.length > 0);
  for (const text of earlier) assert.deepEqual(byId.get(text[0]), text);
});

test('escapes names in CommonMark and leaves them as they are in plain text', () => {
  const [report] = reportsOf(randomWalk(11, '2024-01-01', 500, 100).values, { name: '<b>[Evil](x)*' });
  assert.match(report?.title ?? '', /^<b>\[Evil\]\(x\)\* closes/);
  assert.match(report?.body() ?? '', /^# \\<b\\>\\\[Evil\\\]\\\(x\\\)\\\* closes/);
});
