import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { exceedsJsonDepth } from '../../../src/transport/json-depth.ts';

/** The depth of a value by the plainest means. */
function depthOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(depthOf));
}

const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);

test('200 levels are within 200, 201 are not', () => {
  assert.equal(exceedsJsonDepth(nested(200), 200), false);
  assert.equal(exceedsJsonDepth(nested(201), 200), true);
});

test('brackets, quotes and backslashes in strings do not count', () => {
  const text = JSON.stringify({ a: ['[[[[', '"[[[', '\\', '\\"{{{', 'x\\\\'], '{"[': 1 });
  assert.equal(exceedsJsonDepth(text, 2), false);
  assert.equal(exceedsJsonDepth(text, 1), true);
});

test('a string without an end is no endless loop', () => {
  assert.equal(exceedsJsonDepth(`["${'x'.repeat(100)}\\"`, 1), false);
});

test('agrees with a walk over the parsed value', () => {
  fc.assert(
    fc.property(fc.jsonValue({ maxDepth: 6 }), fc.nat({ max: 8 }), (value, limit) => {
      assert.equal(
        exceedsJsonDepth(JSON.stringify(value), limit),
        depthOf(JSON.parse(JSON.stringify(value))) > limit,
      );
    }),
    { numRuns: 500 },
  );
});
