import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { computeBook } from '../../../subgraphs/portfolio/ledger/compute-book.ts';
import type { CostBasisMethod } from '../../../subgraphs/portfolio/ledger/cost-pool.ts';
import type { LedgerEntry, TransactionType } from '../../../subgraphs/portfolio/ledger/entry.ts';
import { findShortfall } from '../../../subgraphs/portfolio/ledger/find-shortfall.ts';
import { sumSales } from '../../../subgraphs/portfolio/ledger/realized-pnl.ts';
import { Decimal, sumDecimals } from '../../../subgraphs/shared/decimal.ts';
import { assertIsRatio, NOTHING, Ratio } from '../../kit/ratio.ts';

/** What a step means to both models, in whole numbers. */
interface Step {
  readonly type: TransactionType;
  readonly quantity: number;
  readonly price: number;
  readonly fee: number;
  /** Several steps share an instant. */
  readonly instant: number;
}

const step: fc.Arbitrary<Step> = fc.record({
  type: fc.constantFrom('BUY', 'SELL', 'TRANSFER_IN', 'TRANSFER_OUT', 'REWARD', 'FEE'),
  quantity: fc.integer({ min: 1, max: 12 }),
  price: fc.integer({ min: 0, max: 50 }),
  fee: fc.integer({ min: 0, max: 9 }),
  instant: fc.integer({ min: 0, max: 15 }),
});

interface Outcome {
  readonly quantity: number;
  readonly cost: Ratio;
  readonly realized: Ratio;
  readonly sales: number;
}

/** Which steps happen, and in which order: acquisitions of an instant first; what is not held cannot leave. */
function possibleSteps(steps: readonly Step[]): Step[] {
  const isIn = ({ type }: Step) => type === 'BUY' || type === 'TRANSFER_IN' || type === 'REWARD';
  const possible: Step[] = [];
  let quantity = 0;
  for (let instant = 0; instant <= 15; instant += 1) {
    const now = steps.filter((each) => each.instant === instant);
    for (const each of [...now.filter(isIn), ...now.filter((other) => !isIn(other))]) {
      if (!isIn(each) && each.quantity > quantity) continue;
      quantity += isIn(each) ? each.quantity : -each.quantity;
      possible.push(each);
    }
  }
  return possible;
}

/** Keeps each unit with its own cost, in the order in which it came; under the average method all cost alike. */
function simulate(steps: readonly Step[], method: CostBasisMethod): Outcome {
  let units: Ratio[] = [];
  let realized = NOTHING;
  let sales = 0;
  for (const { type, quantity, price, fee } of steps) {
    if (type === 'BUY' || type === 'TRANSFER_IN' || type === 'REWARD') {
      const total = BigInt(quantity * price + (type === 'BUY' ? fee : 0));
      units.push(...Array.from({ length: quantity }, () => new Ratio(total, BigInt(quantity))));
      if (method === 'AVERAGE') {
        const all = units.reduce((sum, unit) => sum.plus(unit), NOTHING);
        const each = all.times(new Ratio(1n, BigInt(units.length)));
        units = units.map(() => each);
      }
      continue;
    }
    const cost = units.slice(0, quantity).reduce((sum, unit) => sum.plus(unit), NOTHING);
    units = units.slice(quantity);
    if (type !== 'SELL') continue;
    sales += 1;
    realized = realized.plus(new Ratio(BigInt(quantity * price - fee))).plus(cost.negated());
  }
  return {
    quantity: units.length,
    cost: units.reduce((sum, unit) => sum.plus(unit), NOTHING),
    realized,
    sales,
  };
}

/** Enters steps in an order of the test's choice; only instants and order of entry say what came first. */
function enter(steps: readonly Step[]): LedgerEntry[] {
  return steps.map(({ type, quantity, price, fee, instant }, index) => {
    const isPriced = type === 'BUY' || type === 'SELL' || index % 2 === 0;
    return {
      id: `tx_${index}`,
      sequence: index + 1,
      type,
      tokenId: 'token',
      quantity: new Decimal(quantity),
      unitPrice: isPriced ? new Decimal(price) : null,
      marketPrice: isPriced ? null : new Decimal(price),
      fee: new Decimal(fee),
      executedAtMs: instant,
    };
  });
}

for (const method of ['FIFO', 'AVERAGE'] as const) {
  test(`${method}: agrees with a model that keeps every unit by itself`, () => {
    fc.assert(
      fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
        const possible = possibleSteps(steps);
        const entries = enter(possible);
        assert.equal(findShortfall(entries), undefined);
        const expected = simulate(possible, method);
        const { positions, sales } = computeBook(entries.toReversed(), method);
        const position = positions.get('token');
        assert.equal(position?.quantity.toFixed() ?? '0', String(expected.quantity));
        assertIsRatio(position?.costBasis ?? new Decimal(0), expected.cost);
        const { pnl, saleCount, proceeds, costOfSales } = sumSales(sales);
        assertIsRatio(pnl, expected.realized);
        assert.equal(saleCount, expected.sales);
        assert.ok(proceeds.minus(costOfSales).eq(pnl));
        if (position !== undefined) assert.ok(position.realizedPnl.eq(pnl));
      }),
      { numRuns: 200 },
    );
  });
}

test('FIFO: open lots add up to the holding, quantity and cost, to the last digit', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 40 }), (steps) => {
      const { positions } = computeBook(enter(possibleSteps(steps)), 'FIFO');
      for (const { lots, quantity, costBasis, heldSinceMs } of positions.values()) {
        assert.ok(sumDecimals(lots.map((lot) => lot.remainingQuantity)).eq(quantity));
        const cost = lots.reduce((sum, lot) => lot.remainingCost.plus(sum), new Decimal(0));
        assert.equal(cost.toFixed(), costBasis.toFixed());
        assert.equal(lots[0]?.openedBy.executedAtMs, heldSinceMs);
      }
    }),
    { numRuns: 100 },
  );
});

test('selling all that was bought gives back every digit of what it cost', () => {
  fc.assert(
    fc.property(
      fc.array(
        fc.record({ quantity: fc.integer({ min: 1, max: 99 }), price: fc.integer({ min: 1, max: 999 }) }),
        {
          minLength: 1,
          maxLength: 10,
        },
      ),
      fc.constantFrom<CostBasisMethod>('FIFO', 'AVERAGE'),
      (purchases, method) => {
        const total = purchases.reduce((sum, { quantity }) => sum + quantity, 0);
        const entries = enter([
          ...purchases.map((purchase) => ({ ...purchase, type: 'BUY' as const, fee: 1, instant: 0 })),
          // One unit at a time: each but the last takes a rounded share.
          ...Array.from({ length: total }, () => ({
            type: 'SELL' as const,
            quantity: 1,
            price: 0,
            fee: 0,
            instant: 1,
          })),
        ]);
        const { positions, sales } = computeBook(entries, method);
        const cost = purchases.reduce((sum, { quantity, price }) => sum + quantity * price + 1, 0);
        assert.equal(positions.size, 0);
        assert.equal(sumSales(sales).costOfSales.toFixed(), String(cost));
      },
    ),
    { numRuns: 50 },
  );
});
