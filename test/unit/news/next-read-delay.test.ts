import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextReadDelayMs } from '../../../subgraphs/news/feeds/next-read-delay.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1440 * MINUTE_MS;
const delay = (failures: number, retryAfterMs = 0, random = 0.5) =>
  nextReadDelayMs({ intervalMs: 15 * MINUTE_MS, failures, retryAfterMs }, random);

test('doubles the pace with each failure, up to a day', () => {
  assert.deepEqual(
    [0, 1, 2, 3].map((failures) => delay(failures) / MINUTE_MS),
    [15, 30, 60, 120],
  );
  assert.equal(delay(50), DAY_MS);
  assert.equal(delay(5000), DAY_MS);
});

test('waits for as long as the server asks, within a day', () => {
  assert.equal(delay(1, 5 * 60 * MINUTE_MS), 5 * 60 * MINUTE_MS);
  assert.ok(delay(1, 5 * 60 * MINUTE_MS, 0) >= 5 * 60 * MINUTE_MS);
  assert.equal(delay(1, 365 * DAY_MS), DAY_MS);
});

test('spreads reads by a tenth', () => {
  assert.equal(Math.round((delay(0, 0, 0) / MINUTE_MS) * 10), 135);
  assert.equal(Math.round((delay(0, 0, 1) / MINUTE_MS) * 10), 165);
});
