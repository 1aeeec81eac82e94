import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createClock, DAY_MS, RECORDING_END_MS } from '../../../subgraphs/shared/clock.ts';

const NOON = Date.parse('2030-05-05T12:00:00Z');

test('fixed: it is always the end of the recording', () => {
  const clock = createClock('fixed', () => NOON);
  assert.equal(clock.now(), RECORDING_END_MS);
  assert.equal(clock.offsetMs, 0);
});

test('shift: the last recorded day is today, whole days away, also after midnight', () => {
  let system = NOON;
  const clock = createClock('shift', () => system);
  assert.equal(clock.now(), NOON);
  assert.equal(clock.offsetMs % DAY_MS, 0);
  assert.equal(RECORDING_END_MS - DAY_MS + clock.offsetMs, Date.parse('2030-05-05T00:00:00Z'));
  system = NOON + DAY_MS;
  assert.equal(RECORDING_END_MS - DAY_MS + clock.offsetMs, Date.parse('2030-05-06T00:00:00Z'));
});

test('loop: the last seven days run again and again', () => {
  let system = NOON;
  const clock = createClock('loop', () => system);
  assert.equal(clock.now(), RECORDING_END_MS - 7 * DAY_MS);
  system += 3 * DAY_MS;
  assert.equal(clock.now(), RECORDING_END_MS - 4 * DAY_MS);
  system += 5 * DAY_MS;
  assert.equal(clock.now(), RECORDING_END_MS - 6 * DAY_MS);
});
