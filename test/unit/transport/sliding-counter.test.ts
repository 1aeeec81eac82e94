import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSlidingCounter } from '../../../src/transport/sliding-counter.ts';

test('what was counted leaves the window, tenth by tenth', () => {
  let nowMs = 0;
  const counter = createSlidingCounter(1_000, () => nowMs);
  counter.add();
  nowMs = 500;
  counter.add();
  assert.equal(counter.total(), 2);
  nowMs = 999;
  assert.equal(counter.total(), 2);
  nowMs = 1_000;
  assert.equal(counter.total(), 1);
  nowMs = 1_500;
  assert.equal(counter.total(), 0);
});

test('a long silence empties it', () => {
  let nowMs = 0;
  const counter = createSlidingCounter(1_000, () => nowMs);
  for (; nowMs < 1_000; nowMs += 100) counter.add();
  nowMs = 1_000_000;
  assert.equal(counter.total(), 0);
  counter.add();
  assert.equal(counter.total(), 1);
});
