import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Price } from '../../../subgraphs/price/quotes/cross-rate.ts';
import {
  type PricedPosition,
  valueAtPrice,
  valueChangeAtPrice,
  valuePositions,
} from '../../../subgraphs/price/valuation/value-positions.ts';
import { Decimal, formatDecimal } from '../../../subgraphs/shared/decimal.ts';

const NOW_MS = 1_000_000;

function priceOf(amount: string, fields: Partial<Price> = {}): Price {
  return {
    amount: new Decimal(amount),
    currency: 'USD',
    hourAgo: null,
    dayAgo: new Decimal(amount),
    weekAgo: null,
    asOfMs: NOW_MS,
    intervalMs: 1,
    source: 'test',
    sourceKind: 'RECORDED',
    isLastKnown: false,
    ...fields,
  };
}

/** Plain decimal text of at most `integerDigits` before and `places` after the point. */
const decimalText = (integerDigits: number, places: number) =>
  fc
    .tuple(fc.bigInt(0n, 10n ** BigInt(integerDigits) - 1n), fc.bigInt(0n, 10n ** BigInt(places) - 1n))
    .map(([integer, fraction]) => `${integer}.${String(fraction).padStart(places, '0')}`);

const position: fc.Arbitrary<PricedPosition> = fc.record({
  tokenId: fc.constantFrom('a', 'b', 'c', 'd'),
  quantity: decimalText(30, 18).map((text) => new Decimal(text)),
  price: fc.option(
    fc
      .tuple(decimalText(9, 18), decimalText(9, 18))
      .map(([amount, dayAgo]) => priceOf(amount, { dayAgo: new Decimal(dayAgo) })),
  ),
});

/** Adds plain decimal texts as integers of 10^-36, without the arithmetic under test. */
function sumTexts(texts: readonly string[]): string {
  const places = 36;
  const sum = texts.reduce((total, text) => {
    const [integer = '', fraction = ''] = text.split('.');
    return total + BigInt(integer + fraction.padEnd(places, '0'));
  }, 0n);
  const digits = String(sum).padStart(places + 1, '0');
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, '') || '0';
}

test('the values of holdings add up to the value of the portfolio, to the last digit', () => {
  fc.assert(
    fc.property(fc.array(position, { maxLength: 40 }), (positions) => {
      const texts = positions.flatMap(({ quantity, price }) =>
        price === null ? [] : [formatDecimal(valueAtPrice(quantity, price))],
      );
      assert.equal(formatDecimal(valuePositions(positions, NOW_MS).value), sumTexts(texts));
    }),
    { numRuns: 200 },
  );
});

test('the change of a portfolio is what its value is more than a day ago', () => {
  fc.assert(
    fc.property(fc.array(position, { maxLength: 20 }), (positions) => {
      const { value, change24h } = valuePositions(positions, NOW_MS);
      const dayAgo = positions.reduce(
        (sum, { quantity, price }) => sum.plus(quantity.times(price?.dayAgo ?? 0)),
        new Decimal(0),
      );
      assert.equal(change24h?.toFixed(), value.minus(dayAgo).toFixed());
    }),
    { numRuns: 100 },
  );
});

test('names what has no price once, and never counts it', () => {
  const valuation = valuePositions(
    [
      { tokenId: 'priced', quantity: new Decimal('2'), price: priceOf('3', { asOfMs: 7 }) },
      { tokenId: 'odd', quantity: new Decimal('5'), price: null },
      { tokenId: 'odd', quantity: new Decimal('1'), price: null },
      { tokenId: 'gone', quantity: new Decimal('0'), price: null },
    ],
    NOW_MS,
  );
  assert.equal(valuation.value.toFixed(), '6');
  assert.deepEqual(valuation.unpricedTokenIds, ['odd']);
  assert.equal(valuation.asOfMs, 7);
});

test('an empty portfolio is worth 0 now, and has no ratio', () => {
  const valuation = valuePositions([], NOW_MS);
  assert.equal(valuation.value.toFixed(), '0');
  assert.equal(valuation.change24h?.toFixed(), '0');
  assert.equal(valuation.change24hRatio, null);
  assert.equal(valuation.asOfMs, NOW_MS);
});

test('tells no change where a price of a day ago is not known', () => {
  const price = priceOf('3', { dayAgo: null });
  assert.equal(valueChangeAtPrice(new Decimal('2'), price), null);
  const both = [
    { tokenId: 'a', quantity: new Decimal('2'), price },
    { tokenId: 'b', quantity: new Decimal('2'), price: priceOf('1') },
  ];
  assert.equal(valuePositions(both, NOW_MS).change24h, null);
});
