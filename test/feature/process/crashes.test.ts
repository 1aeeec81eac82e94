import assert from 'node:assert/strict';
import { test } from 'node:test';
import { measureCrashes } from '../../kit/crash/measure-crashes.ts';
import { killWorkers, rollWorkers } from '../../kit/crash/measure-losses.ts';
import { startCannedReleases } from '../../kit/swaps/release-platform.ts';

/** The short form of `npm run test:processes`; its times hold on a quiet machine alone. */

test('a primary that is killed where it writes leaves a whole version, old or new, and readers see no other', async (context) => {
  await using canned = await startCannedReleases();
  // In the transaction, after it, and between the two workers.
  const report = await measureCrashes(canned, { points: [7, 9, 11], repeats: 1, requestsPerSecond: 10 });
  assert.ok(report.points.length >= 20, `${report.points.length} points`);
  assert.deepEqual([...report.faults], []);
  assert.deepEqual(report.broken, []);
  for (const { label, isNew, backAfterMs } of report.crashes)
    context.diagnostic(`${label}: ${isNew ? 'new' : 'old'}, back after ${backAfterMs.toFixed(0)} ms`);
});

test('a killed worker takes no more with it than what it was doing', async () => {
  const { lost, mayBeLost, requests } = await killWorkers({ kills: 1, requestsPerSecond: 100, everyMs: 300 });
  assert.ok(requests > 50);
  assert.ok(lost.length <= mayBeLost, lost.map(({ reason }) => reason).join('\n'));
});

test('no request notices that all workers are replaced', async () => {
  const { lost, requests } = await rollWorkers({ rolls: 1, requests: 2_000 });
  assert.ok(requests >= 2_000);
  assert.deepEqual(lost, []);
});
