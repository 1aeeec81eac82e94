import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { batchLookups } from '../../../src/batching/batch-lookups.ts';
import { createLookup } from '../../kit/lookup.ts';

const inCurrency = (code: string, fields = 'price(currency:$c)') =>
  createLookup(['a'], fields, `"c":"${code}"`, ['$c:CurrencyCode']);

test('look-ups without variables travel together', () => {
  assert.deepEqual(batchLookups([createLookup(['a']), createLookup(['b'], 'name')], 10), [[0, 1]]);
});

test('one whose variable has another value travels apart, and keeps nobody else from travelling together', () => {
  const lookups = [
    inCurrency('USD'),
    inCurrency('EUR'),
    inCurrency('USD', 'value(currency:$c)'),
    createLookup(['b']),
  ];
  assert.deepEqual(batchLookups(lookups, 10), [[0, 2, 3], [1]]);
});

test('defaults and types of variables that were not provided count as well', () => {
  const withDefault = (definition: string) => createLookup(['a'], 'price(currency:$c)', '', [definition]);
  const lookups = [
    withDefault('$c:CurrencyCode="USD"'),
    withDefault('$c:CurrencyCode="EUR"'),
    withDefault('$c:CurrencyCode'),
    withDefault('$c:CurrencyCode="USD"'),
  ];
  assert.deepEqual(batchLookups(lookups, 10), [[0, 3], [1], [2]]);
});

test('directives on the operation hold for all of it, so they must be equal', () => {
  const live = createLookup(['a'], 'price', '', [], '@live');
  assert.deepEqual(batchLookups([live, createLookup(['a']), live], 10), [[0, 2], [1]]);
});

test('a variable that is called like one of the merged request travels alone', () => {
  const odd = createLookup(['a'], 'price(currency:$_r0)', '"_r0":"USD"', ['$_r0:CurrencyCode']);
  assert.deepEqual(batchLookups([odd, createLookup(['b']), odd, createLookup(['c'])], 10), [
    [0],
    [1, 3],
    [2],
  ]);
});

test('no request carries more than the maximum, save one look-up that is larger by itself', () => {
  const sizes = fc.array(fc.integer({ min: 1, max: 12 }), { maxLength: 30 });
  fc.assert(
    fc.property(sizes, fc.integer({ min: 1, max: 10 }), (lengths, maximum) => {
      const lookups = lengths.map((length) => createLookup(Array.from({ length }, (_, index) => `${index}`)));
      const batches = batchLookups(lookups, maximum);
      assert.deepEqual(
        batches.flat().toSorted((left, right) => left - right),
        [...lookups.keys()],
      );
      for (const batch of batches) {
        const count = batch.reduce((sum, index) => sum + (lengths[index] ?? 0), 0);
        assert.ok(count <= maximum || batch.length === 1);
      }
    }),
  );
});

test('a batch that is exactly full is sent whole, one more opens another', () => {
  const five = createLookup(['a', 'b', 'c', 'd', 'e']);
  assert.deepEqual(batchLookups([five, five], 10), [[0, 1]]);
  assert.deepEqual(batchLookups([five, five, createLookup(['f'])], 10), [[0, 1], [2]]);
});
