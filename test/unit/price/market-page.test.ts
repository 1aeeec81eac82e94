import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { marketPage, type TokenFilter, type TokenSort } from '../../../subgraphs/price/market/market-page.ts';
import type { MarketRow, MarketTable } from '../../../subgraphs/price/market/market-table.ts';
import type { RecordedToken } from '../../../subgraphs/price/recording/recording-set.ts';
import { createTokenRegistry } from '../../../subgraphs/price/registry/token-registry.ts';
import { createCursorCodec } from '../../../subgraphs/shared/cursor.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

const cursors = createCursorCodec('a key of the test');

interface Listing {
  readonly id: string;
  readonly name?: string;
  readonly status?: RecordedToken['status'];
  readonly categories?: string[];
  readonly price?: string | null;
  readonly dayAgo?: string | null;
  readonly supply?: string | null;
  readonly volume?: string | null;
}

const decimal = (text: string | null | undefined) => (text == null ? null : new Decimal(text));

function rowOf({
  id,
  price = null,
  dayAgo = null,
  supply = null,
  volume = null,
}: Listing): MarketRow | undefined {
  if (price === null) return undefined;
  const amount = new Decimal(price);
  return {
    tokenId: id,
    quote: {
      amount,
      hourAgo: null,
      dayAgo: decimal(dayAgo),
      weekAgo: null,
      asOfMs: 0,
      intervalMs: 1,
      source: 'test',
      sourceKind: 'RECORDED',
      isLastKnown: false,
    },
    statistics: {
      circulatingSupply: decimal(supply),
      totalSupply: null,
      maxSupply: null,
      volume24hUsd: decimal(volume),
      asOfMs: 0,
    },
    marketCapUsd: supply === null ? null : amount.times(supply),
    rank: null,
  };
}

function marketOf(listings: readonly Listing[]) {
  const registry = createTokenRegistry(
    listings.map(({ id, name = id, status = 'ACTIVE', categories = [] }) => ({
      id,
      name,
      status,
      categories,
      symbol: id.toUpperCase(),
      description: null,
      links: { homepage: null, whitepaper: null, sourceCode: null },
      imageUrl: null,
    })),
    listings.slice(0, 1).map(({ id }) => ({
      caip19: 'eip155:1/slip44:60',
      tokenId: id,
      chainId: 'eip155:1',
      address: null,
      decimals: 18,
    })),
    [],
  );
  const rows = listings.flatMap((listing) => rowOf(listing) ?? []);
  const table: MarketTable = new Map(rows.map((row) => [row.tokenId, row]));
  return { registry, table, cursors };
}

function ids(listings: readonly Listing[], sort?: TokenSort, filter?: TokenFilter | null): string[] {
  return marketPage({ ...marketOf(listings), sort, filter, first: 250 }).nodes.map(({ id }) => id);
}

const text = fc.constantFrom(
  '0',
  '1',
  '1.00',
  '2',
  '0.5',
  '1000000000000000000000001',
  '1000000000000000000000000',
);
const listings = fc.uniqueArray(
  fc.record({
    id: fc.string({ minLength: 1, maxLength: 4 }),
    name: fc.constantFrom('', 'Alpha', 'alpha', 'Émeraude', '😀', '\uffee', 'Zeta'),
    price: fc.option(text),
    dayAgo: fc.option(text),
    supply: fc.option(text),
    volume: fc.option(text),
  }),
  { selector: ({ id }) => id, maxLength: 30 },
);
const sorts: TokenSort[] = (['MARKET_CAP', 'VOLUME_24H', 'CHANGE_24H', 'NAME'] as const).flatMap((field) => [
  { field, direction: 'ASC' },
  { field, direction: 'DESC' },
]);

test('cursors page through the market without gap or repeat, in every order', () => {
  fc.assert(
    fc.property(listings, fc.constantFrom(...sorts), fc.integer({ min: 1, max: 7 }), (all, sort, first) => {
      const market = marketOf(all);
      const seen: string[] = [];
      let after: string | null = null;
      for (let pages = 0; pages <= all.length; pages += 1) {
        const page: ReturnType<typeof marketPage> = marketPage({ ...market, sort, first, after });
        assert.deepEqual(
          page.nodes,
          page.edges.map(({ node }) => node),
        );
        assert.equal(page.totalCount, all.length);
        seen.push(...page.nodes.map(({ id }) => id));
        after = page.pageInfo.endCursor;
        if (!page.pageInfo.hasNextPage) break;
      }
      assert.deepEqual(seen, ids(all, sort));
      assert.equal(new Set(seen).size, all.length);
    }),
    { numRuns: 300 },
  );
});

test('a cursor keeps its place when tokens come and go', () => {
  const sort: TokenSort = { field: 'NAME', direction: 'ASC' };
  const { endCursor } = marketPage({
    ...marketOf([{ id: 'a' }, { id: 'c' }, { id: 'e' }]),
    sort,
    first: 2,
  }).pageInfo;
  const later = marketOf([{ id: 'a' }, { id: 'b' }, { id: 'd' }, { id: 'e' }]);
  const page = marketPage({ ...later, sort, first: 10, after: endCursor });
  assert.deepEqual(
    page.nodes.map(({ id }) => id),
    ['d', 'e'],
  );
});

test('orders by exact value, and puts what is not known last in both directions', () => {
  const all: Listing[] = [
    { id: 'unknown', price: null },
    { id: 'small', price: '2', supply: '1' },
    { id: 'large', price: '1', supply: '100000000000000000000000000000001' },
    { id: 'larger', price: '1', supply: '100000000000000000000000000000002' },
  ];
  assert.deepEqual(ids(all), ['larger', 'large', 'small', 'unknown']);
  assert.deepEqual(ids(all, { field: 'MARKET_CAP', direction: 'ASC' }), [
    'small',
    'large',
    'larger',
    'unknown',
  ]);
});

test('orders names by code point', () => {
  const all = [
    { id: '1', name: '😀' },
    { id: '2', name: '\uffee' },
    { id: '3', name: 'a' },
    { id: '4', name: 'B' },
  ];
  assert.deepEqual(ids(all, { field: 'NAME', direction: 'ASC' }), ['4', '3', '2', '1']);
});

test('shows ACTIVE tokens unless states are asked for; null asks for all', () => {
  const all: Listing[] = [{ id: 'a' }, { id: 'i', status: 'INACTIVE' }, { id: 'u', status: 'UNTRACKED' }];
  assert.deepEqual(ids(all), ['a']);
  assert.deepEqual(ids(all, undefined, { statuses: ['INACTIVE'] }), ['i']);
  assert.deepEqual(ids(all, undefined, { statuses: null }), ['a', 'i', 'u']);
});

test('all conditions of a filter must hold', () => {
  const all: Listing[] = [
    { id: 'one', categories: ['x'], price: '10', supply: '1' },
    { id: 'two', categories: ['x', 'y'], price: '9.99', supply: '1' },
    { id: 'three', categories: ['z'], price: null },
  ];
  const active = { statuses: ['ACTIVE'] } as const;
  assert.deepEqual(ids(all, undefined, { ...active, categories: ['y', 'z'] }), ['two', 'three']);
  assert.deepEqual(ids(all, undefined, { ...active, minMarketCapUsd: new Decimal('10') }), ['one']);
  assert.deepEqual(ids(all, undefined, { ...active, chainIds: ['eip155:1'] }), ['one']);
  assert.deepEqual(ids(all, undefined, { ...active, chainIds: ['eip155:1'], categories: ['z'] }), []);
});

test('refuses a page size out of range, a foreign cursor and an endless filter', () => {
  const market = marketOf([{ id: 'a' }, { id: 'b' }]);
  for (const first of [0, -1, 251, 1_000_000_000]) {
    assert.throws(() => marketPage({ ...market, first }), /"first" must be between 1 and 250/);
  }
  const byName = marketPage({ ...market, first: 1, sort: { field: 'NAME', direction: 'ASC' } }).pageInfo
    .endCursor;
  assert.throws(() => marketPage({ ...market, first: 1, after: byName }), /"after"/);
  assert.throws(() => marketPage({ ...market, first: 1, after: 'bm9uc2Vuc2U' }), /"after"/);
  const categories = Array.from({ length: 51 }, String);
  assert.throws(() => marketPage({ ...market, first: 1, filter: { categories } }), /at most 50/);
});
