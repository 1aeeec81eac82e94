import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Book, computeBook } from '../../../subgraphs/portfolio/ledger/compute-book.ts';
import type { LedgerEntry, TransactionType } from '../../../subgraphs/portfolio/ledger/entry.ts';
import { externalFlow, quantityDelta } from '../../../subgraphs/portfolio/ledger/external-flow.ts';
import { findShortfall } from '../../../subgraphs/portfolio/ledger/find-shortfall.ts';
import { sumSales } from '../../../subgraphs/portfolio/ledger/realized-pnl.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

interface Written {
  readonly day?: number;
  readonly price?: string | null;
  readonly fee?: string;
  readonly market?: string;
  readonly sequence?: number;
}

let written = 0;

/** An entry of a ledger in one token; entries are entered in the order in which they are written. */
function entry(type: TransactionType, quantity: string, more: Written = {}): LedgerEntry {
  written += 1;
  const { day = written, price = null, fee, market, sequence = written } = more;
  return {
    id: `tx_${written}`,
    sequence,
    type,
    tokenId: 'token',
    quantity: new Decimal(quantity),
    unitPrice: price === null ? null : new Decimal(price),
    marketPrice: market === undefined ? null : new Decimal(market),
    fee: fee === undefined ? null : new Decimal(fee),
    executedAtMs: Date.UTC(2025, 0, 1) + day * 86_400_000,
  };
}

function held({ positions }: Book) {
  const position = positions.get('token');
  return position === undefined
    ? undefined
    : {
        quantity: position.quantity.toFixed(),
        cost: position.costBasis.toFixed(),
        pnl: position.realizedPnl.toFixed(),
      };
}

test('first in, first out: a sale takes the oldest lots, purchase fees in the cost, sale fees off the proceeds', () => {
  const book = computeBook(
    [
      entry('BUY', '10', { price: '100', fee: '5' }),
      entry('BUY', '10', { price: '120', fee: '6' }),
      entry('SELL', '15', { price: '150', fee: '7' }),
    ],
    'FIFO',
  );
  // 1005 for the first ten, half of 1206 for five of the next; 15 × 150 - 7 - 1608 = 635.
  assert.deepEqual(held(book), { quantity: '5', cost: '603', pnl: '635' });
  const { proceeds, costOfSales, pnl, saleCount } = sumSales(book.sales);
  assert.deepEqual([proceeds, costOfSales, pnl].map(String), ['2243', '1608', '635']);
  assert.equal(saleCount, 1);
  assert.deepEqual(
    book.positions
      .get('token')
      ?.lots.map((lot) => [String(lot.remainingQuantity), String(lot.remainingCost)]),
    [['5', '603']],
  );
});

test('average: a sale takes its share of the cost of everything held', () => {
  const book = computeBook(
    [
      entry('BUY', '10', { price: '100', fee: '5' }),
      entry('BUY', '10', { price: '120', fee: '6' }),
      entry('SELL', '15', { price: '150', fee: '7' }),
    ],
    'AVERAGE',
  );
  // 2211 × 15 / 20 = 1658.25; 2243 - 1658.25 = 584.75.
  assert.deepEqual(held(book), { quantity: '5', cost: '552.75', pnl: '584.75' });
  assert.deepEqual(book.positions.get('token')?.lots, []);
});

test('the pool of the HMRC example gives its figures', () => {
  // HMRC helpsheet HS284, example 3: 1,000 shares at £4 with £150 of costs, 500 at £4.10 with £80; 700 sold at £4.80
  // with £100, then 400 at £5.20 with £105. Allowable costs of £2,931 and £1,675 to the pound, gains of £329 and £300.
  const book = computeBook(
    [
      entry('BUY', '1000', { price: '4', fee: '150' }),
      entry('BUY', '500', { price: '4.10', fee: '80' }),
      entry('SELL', '700', { price: '4.80', fee: '100' }),
      entry('SELL', '400', { price: '5.20', fee: '105' }),
    ],
    'AVERAGE',
  );
  const toThePound = (amount: Decimal) => amount.toDecimalPlaces(0).toNumber();
  assert.deepEqual(
    book.sales.map(({ costOfSale }) => toThePound(costOfSale)),
    [2931, 1675],
  );
  assert.deepEqual(
    book.sales.map(({ proceeds, costOfSale }) => toThePound(proceeds.minus(costOfSale))),
    [329, 300],
  );
});

for (const method of ['FIFO', 'AVERAGE'] as const) {
  test(`${method}: thirds lose no digit, and the last sale takes the whole rest of the cost`, () => {
    const book = computeBook(
      [
        entry('BUY', '3', { price: '33.333333333333333333', fee: '0.01' }),
        entry('SELL', '1', { price: '40' }),
        entry('SELL', '1', { price: '40' }),
        entry('SELL', '1', { price: '40' }),
      ],
      method,
    );
    assert.equal(held(book), undefined);
    assert.equal(sumSales(book.sales).costOfSales.toFixed(), '100.009999999999999999');
  });

  test(`${method}: transfers and fees leave at cost without a gain`, () => {
    const book = computeBook(
      [entry('BUY', '10', { price: '1' }), entry('TRANSFER_OUT', '4', { market: '9' }), entry('FEE', '1')],
      method,
    );
    assert.deepEqual(held(book), { quantity: '5', cost: '5', pnl: '0' });
    assert.deepEqual(book.sales, []);
  });

  test(`${method}: what comes in costs its price when one was entered, else the market's`, () => {
    const book = computeBook(
      [
        entry('TRANSFER_IN', '2', { price: '7', market: '100', fee: '3' }),
        entry('TRANSFER_IN', '1', { market: '11' }),
        entry('REWARD', '1', { market: '13' }),
        entry('REWARD', '1', { price: '0' }),
      ],
      method,
    );
    assert.deepEqual(held(book), { quantity: '5', cost: '38', pnl: '0' });
  });

  test(`${method}: at one instant acquisitions come before disposals, then the order of entry decides`, () => {
    const entries = [
      entry('SELL', '1', { day: 5, price: '20' }),
      entry('BUY', '1', { day: 5, price: '10' }),
      entry('SELL', '1', { day: 9, price: '40' }),
      entry('BUY', '1', { day: 9, price: '30' }),
    ];
    assert.equal(findShortfall(entries), undefined);
    assert.equal(sumSales(computeBook(entries, method).sales).pnl.toFixed(), '20');
  });
}

test('lots of one instant are used up in the order of entry', () => {
  const book = computeBook(
    [
      entry('BUY', '1', { day: 5, price: '10', sequence: 2 }),
      entry('BUY', '1', { day: 5, price: '11', sequence: 1 }),
      entry('SELL', '1', { day: 6, price: '20', sequence: 3 }),
    ],
    'FIFO',
  );
  assert.equal(book.sales[0]?.costOfSale.toFixed(), '11');
});

test('names the first entry that takes more than is held', () => {
  const first = entry('BUY', '1', { day: 1, price: '1' });
  const second = entry('SELL', '2', { day: 2, price: '1' });
  const later = entry('BUY', '5', { day: 3, price: '1' });
  const shortfall = findShortfall([later, second, first]);
  assert.equal(shortfall?.entry.id, second.id);
  assert.equal(shortfall?.held.toFixed(), '1');
  assert.throws(() => computeBook([later, second, first], 'FIFO'));
  assert.throws(() => computeBook([later, second, first], 'AVERAGE'));
});

test('remembers what earlier, closed positions realised, and since when the open one is held', () => {
  for (const method of ['FIFO', 'AVERAGE'] as const) {
    const reopened = entry('BUY', '1', { day: 8, price: '5' });
    const book = computeBook(
      [
        entry('BUY', '1', { day: 1, price: '10' }),
        entry('SELL', '1', { day: 2, price: '15' }),
        reopened,
        entry('BUY', '1', { day: 9, price: '6' }),
      ],
      method,
    );
    assert.equal(held(book)?.pnl, '5');
    assert.equal(book.positions.get('token')?.heldSinceMs, reopened.executedAtMs);
  }
});

test('external flows: purchases and transfers in count in, sales and transfers out count out, income is none', () => {
  const flows = [
    entry('BUY', '2', { price: '10', fee: '1' }),
    entry('SELL', '2', { price: '10', fee: '1' }),
    entry('TRANSFER_IN', '2', { market: '3' }),
    entry('TRANSFER_IN', '2', { price: '4', market: '3' }),
    entry('TRANSFER_OUT', '2', { market: '3' }),
    entry('TRANSFER_OUT', '2', { price: '4' }),
    entry('REWARD', '2', { market: '3' }),
    entry('FEE', '2'),
  ];
  assert.deepEqual(
    flows.map((each) => externalFlow(each).toFixed()),
    ['21', '-19', '6', '8', '-6', '-8', '0', '0'],
  );
  assert.deepEqual(
    flows.map((each) => quantityDelta(each).toFixed()),
    ['2', '-2', '2', '2', '-2', '-2', '2', '-2'],
  );
});

test('keeps every digit of the largest amounts', () => {
  const quantity = `${'9'.repeat(40)}.${'9'.repeat(36)}`;
  const price = `${'7'.repeat(37)}.${'1'.repeat(36)}`;
  const book = computeBook(
    [entry('BUY', quantity, { price }), entry('SELL', '0.000000000000000000000000000000000001', { price })],
    'FIFO',
  );
  const cost =
    BigInt(quantity.replace('.', '')) * BigInt(price.replace('.', '')) - BigInt(price.replace('.', ''));
  assert.equal(book.positions.get('token')?.costBasis.times('1e72').toFixed(), String(cost));
});
