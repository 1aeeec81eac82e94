import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageQuery } from '../../../src/context.ts';
import { createUsageAsker } from '../../../src/supervisor/ask-usage.ts';

const query: UsageQuery = { accountId: 'acc_1', keyId: 'key_1', fromDay: '2026-11-01' };
const DAY = { day: '2026-11-22', points: 5, operations: 2, throttled: 0 };

test('gives each asker the answer to his own question, in whichever order they come', async () => {
  const asked: [number, UsageQuery][] = [];
  const usage = createUsageAsker((...question) => asked.push(question));
  const answers = [usage.read(query), usage.read({ ...query, keyId: null })];
  assert.deepEqual(
    asked.map(([, { keyId }]) => keyId),
    ['key_1', null],
  );
  const [first = 0, second = 0] = asked.map(([requestId]) => requestId);
  usage.hear({ requestId: second, days: [] });
  usage.hear({ requestId: first, days: [DAY] });
  assert.deepEqual(await Promise.all(answers), [[DAY], []]);
  // An answer that nobody waits for any more changes nothing.
  usage.hear({ requestId: first, days: [] });
});

test('rejects when the primary cannot tell, or does not answer', async (t) => {
  t.mock.timers.enable({ apis: ['setTimeout'] });
  const usage = createUsageAsker((requestId) => {
    if (requestId === 1) usage.hear({ requestId, days: null });
  });
  await assert.rejects(usage.read(query), /cannot say/);
  const late = usage.read(query);
  t.mock.timers.tick(1_500);
  await assert.rejects(late, /in time/);
});

test('asks no more than the primary can bear', async () => {
  const usage = createUsageAsker(() => {});
  const waiting = Array.from({ length: 100 }, () => usage.read(query));
  await assert.rejects(usage.read(query), /too many/);
  for (let requestId = 1; requestId <= 100; requestId += 1) usage.hear({ requestId, days: [] });
  assert.equal((await Promise.all(waiting)).length, 100);
});
