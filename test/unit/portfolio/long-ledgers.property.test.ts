import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { CostBasisMethod } from '../../../subgraphs/portfolio/ledger/cost-pool.ts';
import type { TransactionType } from '../../../subgraphs/portfolio/ledger/entry.ts';
import { type BookStore, createBookStore } from '../../../subgraphs/portfolio/storage/book-store.ts';
import { insertInChunks } from '../../../subgraphs/portfolio/storage/insert-in-chunks.ts';
import { type Database, openDatabase } from '../../../subgraphs/portfolio/storage/open-database.ts';
import type { LedgerEntryTable } from '../../../subgraphs/portfolio/storage/tables.ts';
import { startEngines } from '../../kit/engines.ts';
import { assertIsRatio, NOTHING, Ratio } from '../../kit/ratio.ts';

/** Ledgers of each method on each engine; `LEDGER_RUNS=200` looks longer. */
const RUNS = Number(process.env.LEDGER_RUNS ?? 2);
const ENTRIES = 1000;
/** Some of them are impossible and left out. */
const CANDIDATES = 1600;
const INSTANTS = 150;
const SCALE = 1_000_000n;

interface Step {
  readonly type: TransactionType;
  readonly tokenId: string;
  /** In millionths. */
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  /** Many entries share an instant. */
  readonly instant: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('BUY', 'SELL', 'TRANSFER_IN', 'TRANSFER_OUT', 'REWARD', 'FEE'),
  tokenId: fc.constantFrom('bitcoin', 'ethereum', 'dogecoin'),
  quantity: fc.integer({ min: 1, max: 9_999_999 }),
  price: fc.integer({ min: 0, max: 99_999_999 }),
  fee: fc.integer({ min: 0, max: 9_999_999 }),
  instant: fc.integer({ min: 0, max: INSTANTS - 1 }),
});
const ledger = fc.array(step, { minLength: CANDIDATES, maxLength: CANDIDATES, size: 'max' });

const isIn = ({ type }: Step) => type === 'BUY' || type === 'TRANSFER_IN' || type === 'REWARD';
const millionths = (count: number | bigint) => new Ratio(BigInt(count), SCALE).reduced();

/** Steps by time, acquisitions of an instant first; a disposal of what is not held is left out. */
function possibleSteps(steps: readonly Step[]): Step[] {
  const held = new Map<string, number>();
  const possible: Step[] = [];
  for (let instant = 0; instant < INSTANTS; instant += 1) {
    const now = steps.filter((each) => each.instant === instant);
    for (const each of [...now.filter(isIn), ...now.filter((other) => !isIn(other))]) {
      const before = held.get(each.tokenId) ?? 0;
      if (!isIn(each) && each.quantity > before) continue;
      held.set(each.tokenId, before + (isIn(each) ? each.quantity : -each.quantity));
      possible.push(each);
    }
  }
  return possible;
}

interface Holding {
  /** What is left of each purchase, oldest first; under the average method all in one. */
  lots: { quantity: bigint; cost: Ratio }[];
  realized: Ratio;
}

/** A model of its own: exact ratios, so that it shares no rounding with what it judges. */
function simulate(steps: readonly Step[], method: CostBasisMethod): Map<string, Holding> {
  const holdings = new Map<string, Holding>();
  for (const each of steps) {
    const holding = holdings.get(each.tokenId) ?? { lots: [], realized: NOTHING };
    holdings.set(each.tokenId, holding);
    const value = millionths(each.quantity).times(millionths(each.price));
    if (isIn(each)) {
      const cost = each.type === 'BUY' ? value.plus(millionths(each.fee)) : value;
      const [pool] = holding.lots;
      const quantity = BigInt(each.quantity);
      if (method === 'FIFO' || pool === undefined) holding.lots.push({ quantity, cost });
      else holding.lots = [{ quantity: pool.quantity + quantity, cost: pool.cost.plus(cost) }];
      continue;
    }
    const cost = take(holding, BigInt(each.quantity));
    if (each.type !== 'SELL') continue;
    const gain = value.plus(millionths(each.fee).negated()).plus(cost.negated());
    holding.realized = holding.realized.plus(gain);
  }
  return holdings;
}

function take(holding: Holding, quantity: bigint): Ratio {
  let wanted = quantity;
  let cost = NOTHING;
  while (wanted > 0n) {
    const lot = holding.lots[0];
    assert.ok(lot !== undefined);
    const taken = lot.quantity < wanted ? lot.quantity : wanted;
    const share = lot.cost.times(new Ratio(taken, lot.quantity));
    cost = cost.plus(share);
    wanted -= taken;
    lot.cost = lot.cost.plus(share.negated());
    lot.quantity -= taken;
    if (lot.quantity === 0n) holding.lots.shift();
  }
  return cost;
}

const decimal = (count: number) => `${Math.floor(count / 1e6)}.${String(count % 1e6).padStart(6, '0')}`;

function rowsOf(steps: readonly Step[], run: string): LedgerEntryTable[] {
  return steps.map(({ type, tokenId, quantity, price, fee, instant }, index) => {
    const isPriced = type === 'BUY' || type === 'SELL' || index % 2 === 0;
    return {
      id: `tx_${run}_${index}`,
      portfolio_id: `pf_${run}`,
      sequence: index + 1,
      type,
      token_id: tokenId,
      deployment_id: null,
      quantity: decimal(quantity),
      unit_price: isPriced ? decimal(price) : null,
      market_price: isPriced ? null : decimal(price),
      fee: decimal(fee),
      executed_at: instant * 1000,
      created_at: 0,
      source: 'API',
      external_id: null,
      note: null,
      demo_offset_days: null,
    };
  });
}

async function readBook(database: Database, books: BookStore, id: string) {
  const query = database.selectFrom('portfolios').selectAll().where('id', '=', id);
  const [book] = await books.load([await query.executeTakeFirstOrThrow()]);
  assert.ok(book !== undefined);
  return book;
}

async function makePortfolio(database: Database, run: string, method: CostBasisMethod): Promise<void> {
  await database
    .insertInto('portfolios')
    .values({
      id: `pf_${run}`,
      user_id: 'usr',
      name: run,
      base_currency: 'USD',
      cost_basis_method: method,
      position: Number(run),
      revision: 1,
      created_at: 0,
      updated_at: 0,
    })
    .execute();
}

for (const engine of await startEngines('portfolio')) {
  for (const method of ['FIFO', 'AVERAGE'] as const) {
    test(`${engine.name}, ${method}: ledgers of a thousand entries agree with an exact model`, async () => {
      const database = await openDatabase(await engine.open());
      await database
        .insertInto('users')
        .values({ id: 'usr', default_currency: 'USD', created_at: 0 })
        .execute();
      let runs = 0;
      await fc.assert(
        fc.asyncProperty(ledger, fc.integer({ min: 0, max: 99 }), async (steps, part) => {
          runs += 1;
          const possible = possibleSteps(steps).slice(0, ENTRIES);
          assert.equal(possible.length, ENTRIES);
          const rows = rowsOf(possible, String(runs));
          // Some of it is read before the rest comes: books that follow a ledger are as those of a whole one.
          const first = Math.floor((rows.length * part) / 100);
          const books = createBookStore(database);
          await makePortfolio(database, String(runs), method);
          await insertInChunks(database, 'ledger_entries', rows.slice(0, first));
          await readBook(database, books, `pf_${runs}`);
          await insertInChunks(database, 'ledger_entries', rows.slice(first));
          await database
            .updateTable('portfolios')
            .set({ revision: 2 })
            .where('id', '=', `pf_${runs}`)
            .execute();
          const book = await readBook(database, books, `pf_${runs}`);
          for (const [tokenId, { lots, realized }] of simulate(possible, method)) {
            const position = book.positions.get(tokenId);
            const quantity = lots.reduce((sum, lot) => sum + lot.quantity, 0n);
            assert.equal(position?.quantity.times(1e6).toFixed() ?? '0', String(quantity));
            if (position === undefined) continue;
            assertIsRatio(
              position.costBasis,
              lots.reduce((sum, lot) => sum.plus(lot.cost), NOTHING),
            );
            assertIsRatio(position.realizedPnl, realized);
          }
        }),
        { numRuns: RUNS, endOnFailure: true },
      );
      await database.destroy();
    });
  }

  test(`${engine.name}: a book follows its ledger when entries go and their numbers are given again`, async () => {
    const database = await openDatabase(await engine.open());
    await database
      .insertInto('users')
      .values({ id: 'usr', default_currency: 'USD', created_at: 0 })
      .execute();
    await makePortfolio(database, '1', 'FIFO');
    const buy = {
      type: 'BUY',
      tokenId: 'bitcoin',
      quantity: 1_000_000,
      price: 1,
      fee: 0,
      instant: 0,
    } as const;
    const rows = rowsOf([buy, { ...buy, tokenId: 'ethereum' }, buy], '1');
    await insertInChunks(database, 'ledger_entries', rows);
    const books = createBookStore(database);
    const quantities = async () => {
      const bump = database.updateTable('portfolios').set(({ eb }) => ({ revision: eb('revision', '+', 1) }));
      await bump.execute();
      const { positions } = await readBook(database, books, 'pf_1');
      return Object.fromEntries(
        Array.from(positions.values(), (each) => [each.tokenId, each.quantity.toFixed()]),
      );
    };
    assert.deepEqual(await quantities(), { bitcoin: '2', ethereum: '1' });
    await database.deleteFrom('ledger_entries').where('sequence', '=', 3).execute();
    assert.deepEqual(await quantities(), { bitcoin: '1', ethereum: '1' });
    await insertInChunks(database, 'ledger_entries', rows.slice(2));
    assert.deepEqual(await quantities(), { bitcoin: '2', ethereum: '1' });
    await database.deleteFrom('ledger_entries').where('sequence', '=', 3).execute();
    const again = { ...(rows[1] as LedgerEntryTable), id: 'tx_again', sequence: 3 };
    await insertInChunks(database, 'ledger_entries', [again]);
    assert.deepEqual(
      await quantities(),
      { bitcoin: '1', ethereum: '2' },
      'the number of the last one was given again',
    );
    await database.deleteFrom('ledger_entries').execute();
    assert.deepEqual(await quantities(), {});
    await database.destroy();
  });
}
