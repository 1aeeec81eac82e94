import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { Decimal } from '../../scripts/recordings/decimal.ts';
import type { EntryType } from '../../scripts/recordings/demo-ledger.ts';
import { isAcquisition } from '../../scripts/recordings/demo-ledger.ts';
import {
  demo,
  market,
  plainDecimal,
  readAllTokens,
  readCloses,
  readJson,
  readRows,
  universe,
} from '../kit/read-recordings.ts';

interface LedgerRow {
  readonly id: string;
  readonly portfolioId: string;
  readonly type: EntryType;
  readonly tokenId: string;
  readonly quantity: string;
  readonly unitPrice: string;
  readonly executedAt: string;
  readonly externalId: string;
}

describe('the demo', () => {
  const readLedger = async (): Promise<LedgerRow[]> =>
    (await readRows(demo, 'ledger.csv')) as unknown as LedgerRow[];
  const inOrderOfEffect = (a: LedgerRow, b: LedgerRow): number =>
    Date.parse(a.executedAt) - Date.parse(b.executedAt) ||
    Number(isAcquisition(b.type)) - Number(isAcquisition(a.type)) ||
    (a.id < b.id ? -1 : 1);

  /** Runs a ledger; returns what is left by portfolio and token. */
  function runLedger(rows: readonly LedgerRow[]): Map<string, Map<string, Decimal>> {
    const held = new Map<string, Map<string, Decimal>>();
    for (const row of rows.toSorted(inOrderOfEffect)) {
      const positions = held.get(row.portfolioId) ?? new Map<string, Decimal>();
      const before = positions.get(row.tokenId) ?? new Decimal(0);
      const after = isAcquisition(row.type) ? before.plus(row.quantity) : before.minus(row.quantity);
      assert.ok(!after.isNegative(), `${row.id} leaves ${after.toFixed()} ${row.tokenId}`);
      positions.set(row.tokenId, after);
      held.set(row.portfolioId, positions);
    }
    return held;
  }

  test('ids carry their prefix and a ULID, and are unique', async () => {
    const ids = (await readLedger()).map((row) => row.id);
    for (const file of ['users', 'portfolios', 'watchlists']) {
      ids.push(...(await readJson<{ id: string }[]>(demo, `${file}.json`)).map((record) => record.id));
    }
    assert.equal(new Set(ids).size, ids.length);
    for (const id of ids) assert.match(id, /^(?:usr|pf|tx|wl)_[0-7][0-9A-HJKMNP-TV-Z]{25}$/u);
  });

  test('ledgers have 320 entries or more of all types and never go below zero', async () => {
    const rows = await readLedger();
    assert.ok(rows.length >= 320, `${rows.length} entries`);
    assert.deepEqual([...new Set(rows.map((row) => row.type))].toSorted(), [
      'BUY',
      'FEE',
      'REWARD',
      'SELL',
      'TRANSFER_IN',
      'TRANSFER_OUT',
    ]);
    runLedger(rows);
  });

  test('some instants hold an acquisition and a disposal of one token', async () => {
    const groups = Map.groupBy(
      await readLedger(),
      (row) => `${row.portfolioId} ${row.tokenId} ${row.executedAt}`,
    );
    const mixed = [...groups.values()].filter(
      (rows) => new Set(rows.map((row) => isAcquisition(row.type))).size === 2,
    );
    assert.ok(mixed.length >= 1);
  });

  test('quantities have at most 18 decimals, and external ids are unique in a portfolio', async () => {
    const rows = await readLedger();
    const decimals = rows.map((row) => new Decimal(row.quantity).decimalPlaces());
    assert.ok(Math.max(...decimals) === 18);
    for (const { quantity } of rows) assert.match(quantity, plainDecimal);
    const external = rows
      .filter((row) => row.externalId !== '')
      .map((row) => `${row.portfolioId} ${row.externalId}`);
    assert.ok(external.length > 0);
    assert.equal(new Set(external).size, external.length);
  });

  test('unit prices are the closes of the day; sent and paid entries have none', async () => {
    const untracked = new Set(
      (await readAllTokens()).filter((token) => token.status === 'UNTRACKED').map((token) => token.id),
    );
    const closes = new Map<string, Map<string, string>>();
    for (const row of await readLedger()) {
      if (row.type === 'TRANSFER_OUT' || row.type === 'FEE') {
        assert.equal(row.unitPrice, '', row.id);
      } else if (!untracked.has(row.tokenId)) {
        const isReal = row.tokenId === 'bitcoin' || row.tokenId === 'ethereum';
        const ofToken =
          closes.get(row.tokenId) ??
          new Map(
            (await readCloses(isReal ? market : universe, row.tokenId)).map(({ day, close }) => [day, close]),
          );
        closes.set(row.tokenId, ofToken);
        assert.equal(row.unitPrice, ofToken.get(row.executedAt.slice(0, 10)), row.id);
      }
    }
  });

  const openTokens = (positions: ReadonlyMap<string, Decimal> = new Map()): string[] =>
    [...positions].filter(([, quantity]) => !quantity.isZero()).map(([tokenId]) => tokenId);
  const readPortfolios = (): Promise<{ id: string; ownerId: string; costBasisMethod: string }[]> =>
    readJson(demo, 'portfolios.json');

  test('each of two users has a portfolio of 20 or more holdings; both cost methods are in use', async () => {
    const portfolios = await readPortfolios();
    const users = await readJson<{ id: string }[]>(demo, 'users.json');
    const held = runLedger(await readLedger());
    assert.equal(users.length, 2);
    for (const user of users) {
      const own = portfolios.filter((portfolio) => portfolio.ownerId === user.id);
      const sizes = own.map((portfolio) => openTokens(held.get(portfolio.id)).length);
      assert.ok(Math.max(...sizes) >= 20, `${user.id}: ${sizes.join(', ')}`);
    }
    const methods = new Set(portfolios.map((portfolio) => portfolio.costBasisMethod));
    assert.deepEqual([...methods].toSorted(), ['AVERAGE', 'FIFO']);
  });

  test('the main portfolio has 25 holdings, the unpriced one far below the rest in cost', async () => {
    const main = (await readPortfolios())[0]?.id ?? '';
    const rows = (await readLedger()).filter((row) => row.portfolioId === main);
    const held = runLedger(rows).get(main) ?? new Map<string, Decimal>();
    // Cost at the average of all purchases: no method can change an order of magnitude.
    const costOf = (tokenId: string): number => {
      const bought = rows.filter((row) => row.tokenId === tokenId && isAcquisition(row.type));
      const spent = Decimal.sum(...bought.map((row) => new Decimal(row.quantity).times(row.unitPrice)));
      const quantity = Decimal.sum(...bought.map((row) => row.quantity));
      return spent
        .times(held.get(tokenId) ?? 0)
        .dividedBy(quantity)
        .toNumber();
    };
    const byCost = openTokens(held).toSorted((a, b) => costOf(b) - costOf(a));
    assert.equal(byCost.length, 25);
    const statusOf = new Map((await readAllTokens()).map((token) => [token.id, token.status]));
    const unpriced = byCost.filter((tokenId) => statusOf.get(tokenId) !== 'ACTIVE');
    assert.deepEqual(unpriced, byCost.slice(-1));
    assert.equal(statusOf.get(unpriced[0] ?? ''), 'UNTRACKED');
    assert.ok(costOf(unpriced[0] ?? '') * 5 < costOf(byCost.at(-2) ?? ''));
  });

  test('watchlists name priced tokens; the large one has exactly 100', async () => {
    const lists = await readJson<{ ownerId: string; tokenIds: string[] }[]>(demo, 'watchlists.json');
    const priced = new Set(
      (await readAllTokens()).filter((token) => token.status === 'ACTIVE').map((token) => token.id),
    );
    for (const { tokenIds } of lists) {
      assert.equal(new Set(tokenIds).size, tokenIds.length);
      assert.ok(tokenIds.every((tokenId) => priced.has(tokenId)));
    }
    assert.deepEqual(
      lists.slice(0, 2).map(({ tokenIds }) => tokenIds.length),
      [100, 12],
    );
    assert.ok(lists[0]?.tokenIds.includes('bitcoin') && lists[0].tokenIds.includes('ethereum'));
    assert.equal(new Set(lists.map((list) => list.ownerId)).size, 2);
  });
});
