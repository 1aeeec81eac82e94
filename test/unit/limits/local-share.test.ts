import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { BudgetClaim } from '../../../src/limits/budget/budget-keeper.ts';
import { LocalShare } from '../../../src/limits/budget/local-share.ts';

const limits = { bucketPoints: 100, refillPerSecond: 0, monthPoints: null };

test('an outage with more callers than are told apart is bounded, and what they spent is owed all the same', () => {
  const share = new LocalShare({
    workers: 2,
    outageShare: 0.1,
    snapshotOf: () => undefined,
    now: () => 0,
    mostAccounts: 2,
  });
  let requests = 0;
  /** Spends all that an account may: 5 of 100 points, half of the tenth that two workers share. */
  const spend = (account: string): boolean => {
    requests += 1;
    const claim: BudgetClaim = { account, requestId: String(requests), points: 5, limits };
    if (share.reserve(claim).short !== undefined) return false;
    share.settle(claim, 5);
    return true;
  };
  assert.deepEqual([spend('a'), spend('a')], [true, false]);
  assert.deepEqual([spend('b'), spend('a')], [true, false], 'two are told apart');
  assert.equal(spend('c'), true);
  assert.equal(spend('a'), false, 'the one that asked last stays');
  assert.equal(spend('b'), true, 'the one that made room begins anew');
  for (let index = 0; index < 20; index += 1) spend(`flood ${index}`);
  const owed = share.takeOwed();
  assert.equal(owed.size, 8);
  assert.deepEqual([owed.get('a')?.points, owed.get('b')?.points, owed.get('c')?.points], [5, 10, 5]);
  assert.equal(share.takeOwed().size, 0);
});
