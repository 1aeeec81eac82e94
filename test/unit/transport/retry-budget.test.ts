import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRetryBudget } from '../../../src/transport/retry-budget.ts';

function createBudget(share: number, minimum: number) {
  let nowMs = 0;
  const budget = createRetryBudget({ share, minimum, windowMs: 10_000, now: () => nowMs });
  return { budget, pass: (ms: number) => (nowMs += ms) };
}

test('the minimum holds where the share of the calls is less', () => {
  const { budget } = createBudget(0.1, 2);
  assert.deepEqual([budget.take(1), budget.take(1), budget.take(1)], [true, true, false]);
});

test('a group is allowed whole while there is room for one, and the next waits until there is again', () => {
  const { budget, pass } = createBudget(0.1, 1);
  assert.equal(budget.take(50), true);
  for (let call = 0; call < 400; call += 1) budget.noteCall();
  assert.equal(budget.take(1), false);
  pass(20_000);
  assert.equal(budget.take(50), true);
});

test('a share of 0 allows none', () => {
  assert.equal(createBudget(0, 5).budget.take(1), false);
});
