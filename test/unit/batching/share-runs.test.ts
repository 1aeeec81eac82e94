import assert from 'node:assert/strict';
import { afterEach, beforeEach, mock, test } from 'node:test';
import { createRunSharing } from '../../../src/batching/share-runs.ts';
import type { SharedWork } from '../../../src/batching/shared-call.ts';
import type { CancelSignal } from '../../../src/lib/cancellation.ts';
import { DeadlineExceeded } from '../../../src/transport/deadline.ts';

const TIMEOUT_MS = 1_000;
const live = () => new AbortController().signal;

/** Timers and the clock of `performance` stand still between the steps of a test. */
let nowMs = 0;
beforeEach(() => {
  nowMs = 0;
  mock.timers.enable({ apis: ['setTimeout'] });
  mock.method(performance, 'now', () => nowMs);
});
afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

function pass(ms: number): void {
  nowMs += ms;
  mock.timers.tick(ms);
}

/** Runs that a test ends; they have a value so far, and fall back on it when they are aborted. */
function createRuns() {
  const runs: { readonly signal: CancelSignal; readonly finish: (value: string) => void }[] = [];
  const offered: number[] = [];
  const run: SharedWork<string> = (signal, offer) => {
    const number = runs.length;
    const { promise, resolve } = Promise.withResolvers<string>();
    offer(() => {
      offered.push(number);
      return `part of ${number}`;
    });
    signal.addEventListener('abort', () => resolve(`rest of ${number}`));
    runs.push({ signal, finish: resolve });
    return promise;
  };
  let joined = 0;
  const share = createRunSharing<string>({ timeoutMs: TIMEOUT_MS, onShared: () => (joined += 1) });
  const ask = (signal = live()) => share({ key: 'key', signal, run });
  return { runs, offered, ask, joined: () => joined };
}

test('whose deadline ends first gets what there is so far; who joined late waits for its own', async () => {
  const { runs, ask } = createRuns();
  const first = ask();
  pass(700);
  const second = ask();
  pass(300);
  assert.equal(await first, 'part of 0');
  assert.equal(runs[0]?.signal.aborted, false);
  pass(690);
  runs[0]?.finish('whole');
  assert.equal(await second, 'whole');
});

test('the last deadline ends the run, and its request gets what the run comes to then', async () => {
  const { runs, ask } = createRuns();
  const first = ask();
  pass(700);
  const second = ask();
  pass(1_000);
  assert.deepEqual(await Promise.all([first, second]), ['part of 0', 'rest of 0']);
  assert.ok(runs[0]?.signal.reason instanceof DeadlineExceeded);
});

test('a hundred deadlines that end together make one part', async () => {
  const { offered, ask } = createRuns();
  const early = Array.from({ length: 100 }, () => ask());
  pass(500);
  void ask();
  pass(500);
  assert.deepEqual(new Set(await Promise.all(early)), new Set(['part of 0']));
  assert.equal(offered.length, 1);
});

test('a run that is as old as a deadline is joined no more', async () => {
  const { runs, ask, joined } = createRuns();
  void ask();
  pass(999);
  void ask();
  pass(1);
  void ask();
  assert.equal(runs.length, 2);
  assert.equal(joined(), 1);
});

test('what may not be shared has a deadline too', async () => {
  const share = createRunSharing<string>({ timeoutMs: TIMEOUT_MS, onShared: () => assert.fail('it joined') });
  const alone = () =>
    share({
      key: undefined,
      signal: live(),
      run: (signal) => new Promise((resolve) => signal.addEventListener('abort', () => resolve('ended'))),
    });
  const answers = [alone(), alone()];
  pass(1_000);
  assert.deepEqual(await Promise.all(answers), ['ended', 'ended']);
});

test('one who leaves is told so at once, whatever there is so far', async () => {
  const { ask } = createRuns();
  const leaver = new AbortController();
  const left = ask(leaver.signal);
  void ask();
  leaver.abort(new Error('had to go'));
  await assert.rejects(left, { message: 'had to go' });
});
