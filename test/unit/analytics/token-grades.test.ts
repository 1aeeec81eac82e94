import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { mean, sampleStandardDeviation } from 'simple-statistics';
import { CloseTable } from '../../../subgraphs/analytics/market/close-table.ts';
import { MarketTable } from '../../../subgraphs/analytics/market/market-table.ts';
import { gradeTokens } from '../../../subgraphs/analytics/market/token-grades.ts';
import { percentileRank } from '../../../subgraphs/analytics/metrics/percentile-rank.ts';
import { runAtOnce } from '../../../subgraphs/analytics/run-in-slices.ts';
import type { TokenRecord } from '../../../subgraphs/shared/market-copy.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const FROM = '2025-01-01';
const DAYS = 500;

interface TestToken {
  readonly id: string;
  readonly values: (string | null)[];
  readonly supply?: string | null;
  readonly volume?: string | null;
  readonly status?: TokenRecord['status'];
}

const walk = (seed: number, days = DAYS) => randomWalk(seed, FROM, days, 100).values;

function gradesOf(tokens: readonly TestToken[]) {
  return runAtOnce(
    gradeTokens({
      tokens: new Map(
        tokens.map(({ id, status = 'ACTIVE' }) => [
          id,
          { id, symbol: id, name: id, status, categories: [], chainIds: [] },
        ]),
      ),
      closes: new CloseTable(
        Object.fromEntries(tokens.map(({ id, values }) => [id, { from: FROM, values }])),
      ),
      latest: new MarketTable({
        asOf: '2026-08-08T00:00:00Z',
        tokens: tokens.map(({ id, supply = '1000', volume = '5' }) => ({
          id,
          priceUsd: '1',
          circulatingSupply: supply,
          marketCapUsd: null,
          marketCapUsd24hAgo: null,
          volume24hUsd: volume,
        })),
      }),
    }),
  );
}

/** The six measures by their formulas, of the closes up to the last one. */
function measuresOf(closes: readonly number[], supply: number, volume: number): number[] {
  const year = closes.slice(-366);
  const returns = year.slice(1).map((close, index) => close / (year[index] as number) - 1);
  const falls = year.map((close, index) => close / Math.max(...year.slice(0, index + 1)) - 1);
  const last = closes.at(-1) as number;
  return [
    last / (closes.at(-22) as number) - 1,
    mean(closes.slice(-21)) / mean(closes.slice(-200)) - 1,
    volume,
    (mean(returns) / sampleStandardDeviation(returns)) * Math.sqrt(365),
    Math.min(...falls),
    last * supply,
  ];
}

test('ranks tokens by the formulas of its measures, today and the day before', () => {
  const universe = Array.from({ length: 30 }, (_, index) => ({
    id: `token-${index}`,
    values: walk(index + 1, index % 5 === 0 ? 230 + index : DAYS).map(String),
    supply: String(1000 + ((index * 37) % 30)),
    volume: String(5 + ((index * 17) % 30)),
  })).map((token) => ({
    ...token,
    values: [...Array(DAYS - token.values.length).fill(null), ...token.values],
  }));
  const found = gradesOf(universe);
  assert.equal(found.size, universe.length);
  const dayScores = (skippedDays: number) => {
    const rows = universe.map(({ values, supply, volume }) => {
      const closes = values.slice(0, values.length - skippedDays).filter((value) => value !== null);
      return measuresOf(closes.map(Number), Number(supply), Number(volume));
    });
    return rows.map((row) =>
      row.map((value, column) => {
        const others = rows.map((other) => other[column] as number);
        const below = others.filter((other) => other < value).length;
        return (100 * below) / (others.length - 1);
      }),
    );
  };
  const [now, before] = [dayScores(0), dayScores(1)];
  for (const [index, { id }] of universe.entries()) {
    const grades = found.get(id);
    const scores = now[index] as number[];
    for (const [column, component] of grades?.components.entries() ?? []) {
      assertClose(component.score, scores[column] as number, 1e-9);
      assert.equal(component.weight, 1 / 3);
    }
    const trader = (row: readonly number[]) => mean(row.slice(0, 3));
    const investor = (row: readonly number[]) => mean(row.slice(3));
    assertClose(grades?.traderGrade ?? null, trader(scores), 1e-9);
    assertClose(grades?.investorGrade ?? null, investor(scores), 1e-9);
    const changes = before[index] as number[];
    assertClose(grades?.traderGradeChange24h ?? null, trader(scores) - trader(changes), 1e-9);
    assertClose(grades?.investorGradeChange24h ?? null, investor(scores) - investor(changes), 1e-9);
  }
});

test('does not grade what it cannot measure', () => {
  const found = gradesOf([
    { id: 'graded', values: walk(1) },
    { id: 'inactive', values: walk(2), status: 'INACTIVE' },
    { id: 'without-supply', values: walk(3), supply: null },
    { id: 'without-volume', values: walk(4), volume: null },
    { id: 'ended', values: walk(5, DAYS - 1) },
    { id: 'interrupted', values: walk(6).with(DAYS - 150, null) },
    { id: 'never-moving', values: Array(DAYS).fill('1') },
  ]);
  assert.deepEqual([...found.keys()], ['graded']);
  const alone = found.get('graded');
  assert.deepEqual(
    alone?.components.map(({ name, score }) => [name, score]),
    ['momentum', 'trend', 'volume', 'risk-adjusted return', 'drawdown', 'market standing'].map((name) => [
      name,
      50,
    ]),
  );
  assert.equal(alone?.asOf.toISOString(), '2026-05-16T00:00:00.000Z');
});

test('knows no change of a token that was not graded the day before', () => {
  const young = [...Array(DAYS - 200).fill(null), ...walk(8, 200)];
  const found = gradesOf([
    { id: 'old', values: walk(7) },
    { id: 'young', values: young },
  ]);
  assert.equal(found.get('young')?.traderGradeChange24h, null);
  assert.equal(found.get('young')?.investorGradeChange24h, null);
  assert.notEqual(found.get('old')?.traderGradeChange24h, null);
});

test('ranks from 0 to 100, equal values alike by the mean of their places', () => {
  fc.assert(
    fc.property(fc.array(fc.integer({ min: 0, max: 20 }), { minLength: 2, maxLength: 60 }), (values) => {
      const sorted = Float64Array.from(values).sort();
      for (const value of values) {
        const places = [...sorted.keys()].filter((place) => sorted[place] === value);
        const found = percentileRank(sorted, value);
        assertClose(found, (100 * mean(places)) / (sorted.length - 1), 1e-9);
        assert.ok(found >= 0 && found <= 100);
      }
    }),
  );
  assert.equal(percentileRank(Float64Array.of(1, 2, 3), 1), 0);
  assert.equal(percentileRank(Float64Array.of(1, 2, 3), 3), 100);
  assert.equal(percentileRank(Float64Array.of(2, 2, 2), 2), 50);
});
