import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { OUTAGES, runOutage } from '../../kit/budget-outage.ts';

describe('while something befalls Redis, four workers', () => {
  for (const outage of OUTAGES) {
    it(`admit at most 1.1 times the limit, and fail nobody: ${outage.name}`, async () => {
      const { admitted, limit, failures } = await runOutage(outage, {
        workers: 4,
        phaseMs: 250,
        limits: { bucketPoints: 150, refillPerSecond: 0, monthPoints: null },
        requestsPerSecond: 100,
      });
      assert.equal(failures, 0);
      assert.ok(admitted <= limit * 1.1, `${admitted} of ${limit} were admitted`);
      // What was there before was spent.
      assert.ok(admitted >= limit * 0.9, `${admitted} of ${limit} were admitted`);
    });
  }
});
