import assert from 'node:assert/strict';

/** Asserts that two doubles differ by no more than a tolerance, relative to the expected one when that is beyond 1. */
export function assertClose(actual: number | null, expected: number, tolerance: number): void {
  const allowed = tolerance * Math.max(1, Math.abs(expected));
  assert.ok(
    actual !== null && Math.abs(actual - expected) <= allowed,
    `expected ${expected} within ${allowed}, found ${actual}`,
  );
}
