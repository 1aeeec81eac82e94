import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CloseTable } from '../../../subgraphs/analytics/market/close-table.ts';
import { INDEX_RULES, type IndexRule } from '../../../subgraphs/analytics/market/index-rules.ts';
import { computeIndex } from '../../../subgraphs/analytics/market/market-index.ts';
import { MarketTable } from '../../../subgraphs/analytics/market/market-table.ts';
import { runAtOnce } from '../../../subgraphs/analytics/run-in-slices.ts';
import type { TokenRecord } from '../../../subgraphs/shared/market-copy.ts';
import { assertClose } from '../../kit/assert-close.ts';
import { randomWalk } from '../../kit/random-walk.ts';

const FROM = '2025-01-10';

interface TestToken {
  readonly id: string;
  readonly values: (string | null)[];
  readonly supply: number;
  readonly categories?: string[];
}

const rule = (overrides: Partial<IndexRule>): IndexRule => ({
  id: 'idx_test',
  name: 'Test',
  methodology: 'Test',
  size: 2,
  weighting: 'MARKET_CAP',
  isEligible: () => true,
  ...overrides,
});

function indexOf(tokens: readonly TestToken[], overrides: Partial<IndexRule> = {}) {
  return runAtOnce(
    computeIndex(rule(overrides), {
      tokens: new Map(
        tokens.map(({ id, categories = [] }) => [
          id,
          { id, symbol: id, name: id, status: 'ACTIVE', categories, chainIds: [] } satisfies TokenRecord,
        ]),
      ),
      closes: new CloseTable(
        Object.fromEntries(tokens.map(({ id, values }) => [id, { from: FROM, values }])),
      ),
      latest: new MarketTable({
        asOf: '2026-08-08T00:00:00Z',
        tokens: tokens.map(({ id, supply }) => ({
          id,
          priceUsd: '1',
          circulatingSupply: String(supply),
          marketCapUsd: null,
          marketCapUsd24hAgo: null,
          volume24hUsd: '1',
        })),
      }),
    }),
  );
}

const dayOf = (index: number) => new Date(Date.parse(FROM) + index * 86_400_000);

/** Laspeyres as the weighted mean of price relatives, month chained to month: no quantity and no divisor. */
function chainedLevel(
  tokens: readonly TestToken[],
  size: number,
  weighting: IndexRule['weighting'],
  days: number,
) {
  const closeOf = ({ values }: TestToken, index: number) => Number(values[index]);
  let base = -1;
  let held: { token: TestToken; weight: number }[] = [];
  let baseLevel = 1000;
  const levels: number[] = [];
  for (let index = 0; index < days; index++) {
    const level =
      base === -1
        ? 1000
        : baseLevel *
          held.reduce(
            (sum, { token, weight }) => sum + weight * (closeOf(token, index) / closeOf(token, base)),
            0,
          );
    levels.push(level);
    if (dayOf(index + 1).getUTCDate() !== 1) continue;
    const caps = tokens
      .map((token) => ({ token, cap: token.supply * closeOf(token, index) }))
      .toSorted((a, b) => b.cap - a.cap)
      .slice(0, size);
    const total = caps.reduce((sum, { cap }) => sum + cap, 0);
    held = caps.map(({ token, cap }) => ({ token, weight: weighting === 'EQUAL' ? 1 / size : cap / total }));
    base = index;
    baseLevel = level;
  }
  return { levels, held, base };
}

test('equals the chained weighted mean of price relatives, by capitalisation and with equal weights', () => {
  for (const [seed, days] of [
    [1, 60],
    [2, 400],
    [3, 500],
  ] as const) {
    const tokens = Array.from({ length: 8 }, (_, index) => ({
      id: `token-${index}`,
      values: randomWalk(seed * 100 + index, FROM, days, 50 + index).values,
      supply: 1000 + 10 * index,
    }));
    for (const weighting of ['MARKET_CAP', 'EQUAL'] as const) {
      const found = indexOf(tokens, { size: 5, weighting });
      const { levels, held, base } = chainedLevel(tokens, 5, weighting, days);
      assertClose(found?.level ?? null, levels.at(-1) as number, 1e-9);
      assertClose(found?.change24h ?? null, (levels.at(-1) as number) / (levels.at(-2) as number) - 1, 1e-9);
      assert.deepEqual(
        found?.constituents.map(({ token }) => token.id).toSorted(),
        held.map(({ token }) => token.id).toSorted(),
      );
      assertClose(found?.constituents.reduce((sum, { weight }) => sum + weight, 0) ?? null, 1, 1e-12);
      assert.equal(found?.rebalancedAt.getTime(), dayOf(base + 1).getTime());
    }
  }
});

test('begins at 1000 at the end of the first month in which enough tokens have prices', () => {
  // 22 days of January, 28 of February.
  const old = { id: 'old', values: Array(51).fill('10'), supply: 3 };
  const young = { id: 'young', values: [...Array(30).fill(null), ...Array(21).fill('20')], supply: 1 };
  assert.equal(indexOf([old]), undefined);
  const atStart = indexOf([
    { ...old, values: old.values.slice(0, 50) },
    { ...young, values: young.values.slice(0, 50) },
  ]);
  assert.equal(atStart?.rebalancedAt.toISOString(), '2025-03-01T00:00:00.000Z');
  assert.deepEqual([atStart?.level, atStart?.change24h], [1000, null]);
  assert.deepEqual(atStart?.constituents, [
    { token: { id: 'old' }, weight: 0.6 },
    { token: { id: 'young' }, weight: 0.4 },
  ]);
  const doubled = indexOf([old, { ...young, values: young.values.with(50, '40') }]);
  assert.equal(doubled?.level, 1400);
  assertClose(doubled?.change24h ?? null, 0.4, 1e-12);
});

test('keeps the last close of a token that is not traded, until the next rebalancing leaves it out', () => {
  const steady = (id: string, supply: number) => ({ id, values: Array(60).fill('10') as string[], supply });
  const ended = { id: 'ended', values: [...Array(30).fill('10'), ...Array(30).fill(null)], supply: 100 };
  const tokens = [steady('a', 3), steady('b', 2), ended];
  const inFebruary = indexOf(tokens.map((token) => ({ ...token, values: token.values.slice(0, 40) })));
  assert.deepEqual(
    inFebruary?.constituents.map(({ token }) => token.id),
    ['ended', 'a'],
  );
  assert.equal(inFebruary?.level, 1000);
  const inMarch = indexOf(tokens);
  assert.deepEqual(
    inMarch?.constituents.map(({ token }) => token.id),
    ['a', 'b'],
  );
  assert.equal(inMarch?.level, 1000);
});

test('leaves pegged and inactive tokens out', () => {
  const token = (status: TokenRecord['status'], ...categories: string[]): TokenRecord => ({
    id: 'x',
    symbol: 'X',
    name: 'X',
    status,
    categories,
    chainIds: [],
  });
  const acceptedBy = (record: TokenRecord) =>
    INDEX_RULES.filter(({ isEligible }) => isEligible(record)).map(({ id }) => id);
  assert.deepEqual(acceptedBy(token('ACTIVE', 'layer-1')), ['idx_large-10', 'idx_equal-20']);
  assert.deepEqual(acceptedBy(token('ACTIVE', 'lending', 'defi')), [
    'idx_large-10',
    'idx_equal-20',
    'idx_defi-10',
  ]);
  assert.deepEqual(acceptedBy(token('ACTIVE', 'stablecoin')), []);
  assert.deepEqual(acceptedBy(token('ACTIVE', 'bridged', 'defi')), []);
  assert.deepEqual(acceptedBy(token('INACTIVE', 'layer-1')), []);
  assert.deepEqual(acceptedBy(token('UNTRACKED')), []);
});
