import assert from 'node:assert/strict';
import { test } from 'node:test';
import { changeSince, crossRate, priceIn } from '../../../subgraphs/price/quotes/cross-rate.ts';
import type { BookedQuote } from '../../../subgraphs/price/quotes/quote-book.ts';
import { quoteTokenOf } from '../../../subgraphs/price/quotes/quote-currency.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

const decimal = (text: string) => new Decimal(text);

function quoteOf(amount: string, fields: Partial<BookedQuote> = {}): BookedQuote {
  return {
    amount: decimal(amount),
    hourAgo: null,
    dayAgo: null,
    weekAgo: null,
    asOfMs: 1000,
    intervalMs: 3_600_000,
    source: 'test',
    sourceKind: 'RECORDED',
    isLastKnown: false,
    ...fields,
  };
}

test('rounds a cross rate half to even at 18 digits after the point', () => {
  assert.equal(crossRate(decimal('1'), decimal('3'))?.toFixed(), '0.333333333333333333');
  assert.equal(crossRate(decimal('0.0000000000000000025'), decimal('1'))?.toFixed(), '0.000000000000000002');
  assert.equal(crossRate(decimal('0.0000000000000000035'), decimal('1'))?.toFixed(), '0.000000000000000004');
});

test('has no cross rate without both prices, nor against a worthless currency', () => {
  assert.equal(crossRate(null, decimal('1')), null);
  assert.equal(crossRate(decimal('1'), null), null);
  assert.equal(crossRate(decimal('1'), decimal('0')), null);
});

test('a price in another currency is as old, as coarse and as uncertain as the worse of its two quotes', () => {
  const price = priceIn('BTC', quoteOf('2', { dayAgo: decimal('1') }), {
    ...quoteOf('4', { dayAgo: decimal('8') }),
    asOfMs: 500,
    intervalMs: 86_400_000,
    isLastKnown: true,
  });
  assert.equal(price?.amount.toFixed(), '0.5');
  assert.equal(price?.dayAgo?.toFixed(), '0.125');
  assert.equal(price?.hourAgo, null);
  assert.equal(price?.asOfMs, 500);
  assert.equal(price?.intervalMs, 86_400_000);
  assert.equal(price?.isLastKnown, true);
});

test('keeps a price in US dollars as the source gave it', () => {
  const quote = quoteOf('0.00000000000000000000000123');
  assert.equal(priceIn('USD', quote)?.amount.toFixed(), '0.00000000000000000000000123');
});

test('tells a change as a fraction, and none against nothing', () => {
  assert.equal(changeSince(decimal('1.0125'), decimal('1')), 0.0125);
  assert.equal(changeSince(decimal('1'), null), null);
  assert.equal(changeSince(decimal('1'), decimal('0')), null);
});

test('refuses a currency that is not supported, naming those that are', () => {
  assert.throws(() => quoteTokenOf('EUR'), /USD, BTC, ETH, found "EUR"/);
});
