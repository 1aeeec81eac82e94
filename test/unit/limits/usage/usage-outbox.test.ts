import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { UsageBatch } from '../../../../src/limits/usage/usage.ts';
import { createUsageOutbox } from '../../../../src/limits/usage/usage-outbox.ts';

/** An outbox over a log that is filled by hand, and a clock that stands still. */
function createOutbox() {
  let nowMs = 0;
  let gathered: UsageBatch['entries'] = [];
  const sent: UsageBatch[] = [];
  let onSend = (_batch: UsageBatch): void => {};
  const outbox = createUsageOutbox({
    log: {
      take() {
        const entries = gathered;
        gathered = [];
        return entries.length === 0 ? undefined : { entries, operations: [] };
      },
    },
    send(batch) {
      sent.push(batch);
      onSend(batch);
    },
    resendMs: 1_000,
    clock: () => nowMs,
  });
  return {
    outbox,
    sequences: () => sent.map(({ sequence }) => sequence),
    sources: () => new Set(sent.map(({ source }) => source)).size,
    gather: (points: number) => gathered.push({ points } as UsageBatch['entries'][number]),
    pointsSent: () => sent.map(({ entries }) => entries.map(({ points }) => points)),
    pass: (ms: number) => {
      nowMs += ms;
    },
    whenSent: (listener: (batch: UsageBatch) => void) => {
      onSend = listener;
    },
  };
}

test('has one batch on its way, and sends the same one again when nobody takes it', () => {
  const { outbox, sequences, sources, gather, pointsSent, pass } = createOutbox();
  outbox.pump();
  gather(1);
  outbox.pump();
  gather(2);
  outbox.pump();
  pass(999);
  outbox.pump();
  assert.deepEqual(sequences(), [1]);
  pass(1);
  outbox.pump();
  assert.deepEqual(pointsSent(), [[1], [1]]);
  outbox.taken(7);
  outbox.pump();
  outbox.taken(1);
  gather(3);
  outbox.pump();
  assert.deepEqual(sequences(), [1, 1, 2]);
  assert.deepEqual(pointsSent().at(-1), [2, 3]);
  assert.equal(sources(), 1);
});

test('at its end it waits until all of it was taken, also what came in meanwhile', async () => {
  const { outbox, gather, pointsSent, whenSent } = createOutbox();
  gather(1);
  outbox.pump();
  gather(2);
  let answers = 0;
  whenSent(({ sequence }) => {
    answers += 1;
    if (answers === 1) gather(3);
    setImmediate(() => outbox.taken(sequence));
  });
  setImmediate(() => outbox.taken(1));
  assert.deepEqual(await outbox.finish(5_000), []);
  assert.deepEqual(pointsSent(), [[1], [2], [3]]);
});

test('at its end it gives back what nobody takes in time', async () => {
  const { outbox, gather } = createOutbox();
  gather(1);
  outbox.pump();
  gather(2);
  const left = await outbox.finish(10);
  assert.deepEqual(
    left.map(({ sequence, entries }) => [sequence, entries.map(({ points }) => points)]),
    [
      [1, [1]],
      [2, [2]],
    ],
  );
});
