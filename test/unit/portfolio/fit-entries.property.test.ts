import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { LedgerEntry, TransactionType } from '../../../subgraphs/portfolio/ledger/entry.ts';
import { findShortfall } from '../../../subgraphs/portfolio/ledger/find-shortfall.ts';
import { findUnfitting } from '../../../subgraphs/portfolio/ledger/fit-entries.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

const step = fc.record({
  type: fc.constantFrom<TransactionType>('BUY', 'SELL', 'TRANSFER_OUT', 'REWARD'),
  tokenId: fc.constantFrom('a', 'b'),
  quantity: fc.integer({ min: 1, max: 9 }),
  executedAtMs: fc.integer({ min: 0, max: 20 }),
});

let sequence = 0;

function entryOf({
  quantity,
  ...rest
}: typeof step extends fc.Arbitrary<infer Step> ? Step : never): LedgerEntry {
  sequence += 1;
  const common = { unitPrice: new Decimal(1), marketPrice: null, fee: null };
  return { ...rest, ...common, id: `tx_${sequence}`, sequence, quantity: new Decimal(quantity) };
}

test('what fits never takes a ledger below zero, and nothing is refused for no reason', () => {
  fc.assert(
    fc.property(fc.array(step, { maxLength: 30 }), fc.array(step, { maxLength: 30 }), (first, second) => {
      const candidates = first.map(entryOf);
      const none = findUnfitting([], candidates);
      const standing = candidates.filter((entry) => !none.has(entry));
      const added = second.map(entryOf);
      const unfitting = findUnfitting(standing, added);
      const fitting = added.filter((entry) => !unfitting.has(entry));
      assert.equal(findShortfall([...standing, ...fitting]), undefined);
      for (const entry of unfitting) {
        assert.ok(entry.type === 'SELL' || entry.type === 'TRANSFER_OUT', 'acquisitions always fit');
        assert.ok(added.includes(entry));
      }
      if (findShortfall([...standing, ...added]) === undefined) assert.equal(unfitting.size, 0);
      if (fitting.length === added.length) assert.equal(findShortfall([...standing, ...added]), undefined);
    }),
    { numRuns: 300 },
  );
});

test('a new sale gives way to a standing one that comes later', () => {
  const at = (type: TransactionType, executedAtMs: number, quantity: number) =>
    entryOf({ type, tokenId: 'a', quantity, executedAtMs });
  const standing = [at('BUY', 1, 5), at('SELL', 9, 5)];
  const early = at('SELL', 3, 1);
  assert.deepEqual([...findUnfitting(standing, [early])], [early]);
  assert.equal(findUnfitting(standing, [early, at('REWARD', 8, 1)]).size, 0);
});
