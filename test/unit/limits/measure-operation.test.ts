import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getOperationAST, parse } from 'graphql';
import { measureOperation } from '../../../src/limits/measure-operation.ts';

function measure(text: string) {
  const document = parse(text);
  const operation = getOperationAST(document);
  assert.ok(operation != null);
  return measureOperation(document, operation);
}

/** Each fragment spreads the next one twice: so many levels mean two to that power of fields. */
function doubled(levels: number): string {
  const fragments = Array.from(
    { length: levels },
    (_, level) => `fragment F${level} on Query { a: node { ...F${level + 1} } b: node { ...F${level + 1} } }`,
  );
  return ['{ ...F0 }', ...fragments, `fragment F${levels} on Query { id }`].join('\n');
}

test('counts what fragments expand to', () => {
  const { selections, depth, aliases, rootFields } = measure(doubled(10));
  // 2 + 4 + … + 2^10 fields with objects, and 2^10 leaves.
  assert.deepEqual(
    { selections, depth, aliases, rootFields },
    { selections: 2 ** 11 - 2 + 2 ** 10, depth: 11, aliases: 2 ** 11 - 2, rootFields: 2 },
  );
});

test('counts saturate, and each fragment is measured once: 200 levels would not end otherwise', () => {
  const { selections, depth } = measure(doubled(200));
  assert.deepEqual({ selections, depth }, { selections: 1_000_000_000, depth: 201 });
});

test('fragments that spread themselves end', () => {
  assert.equal(
    measure('{ ...A } fragment A on Query { a ...B } fragment B on Query { b ...A }').selections,
    2,
  );
});
