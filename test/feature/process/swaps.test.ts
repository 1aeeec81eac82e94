import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { measureMachines } from '../../kit/swaps/measure-machines.ts';
import { heapGrowth, measureReloads } from '../../kit/swaps/measure-reloads.ts';
import { type CannedReleases, startCannedReleases } from '../../kit/swaps/release-platform.ts';

/** The short form of `npm run test:registry`, whose bounds hold on a quiet machine alone; here others share it. */
const PATIENCE_MS = 30_000;

let canned: CannedReleases;
before(async () => {
  canned = await startCannedReleases();
});
after(() => canned[Symbol.asyncDispose]());

test('publishes under load: nothing fails, no answer is of two versions, and all machines follow', async (context) => {
  const publishes = 2;
  const reports = await measureMachines(canned, { publishes, everyMs: 300, requestsPerSecond: 15 });
  assert.equal(reports.length, 3);
  for (const { name, requests, servedAfterMs } of reports) {
    assert.deepEqual([...new Set(requests.flatMap(({ fault }) => fault ?? []))], [], name);
    const releases = [...new Set(requests.map(({ release }) => release))].sort();
    assert.deepEqual(releases, [1, 2, 3], name);
    for (const lag of servedAfterMs) assert.ok(lag < PATIENCE_MS, `${name} served it after ${lag} ms`);
    context.diagnostic(`${name}: served after ${servedAfterMs.map((lag) => lag.toFixed(0)).join(', ')} ms`);
  }
});

test('old versions are let go of: the heap stays as it is', async (context) => {
  const samples = await measureReloads(canned, { swaps: 12, samples: 12 });
  const growth = heapGrowth(samples);
  context.diagnostic(`the heap grew by ${(growth * 100).toFixed(1)} %`);
  // An engine that stayed would add a tenth with each swap.
  assert.ok(growth < 0.05, `${(growth * 100).toFixed(1)} %`);
});
