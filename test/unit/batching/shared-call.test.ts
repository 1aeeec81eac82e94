import assert from 'node:assert/strict';
import { test } from 'node:test';
import { InFlight, SharedCall } from '../../../src/batching/shared-call.ts';
import type { CancelSignal } from '../../../src/lib/cancellation.ts';

/** Work that a test ends; it fails with the reason when it is aborted, as a call over HTTP does. */
function createWork() {
  const starts: {
    readonly signal: CancelSignal;
    readonly finish: (value: string) => void;
    readonly fail: (error: Error) => void;
  }[] = [];
  const start = (signal: CancelSignal): Promise<string> => {
    const { promise, resolve, reject } = Promise.withResolvers<string>();
    signal.addEventListener('abort', () => reject(signal.reason));
    starts.push({ signal, finish: resolve, fail: reject });
    return promise;
  };
  return { starts, start };
}

const live = () => new AbortController().signal;

test('who asks for the same joins what is under way, and afterwards nothing is left of it', async () => {
  const { starts, start } = createWork();
  const inFlight = new InFlight<string>();
  let joined = 0;
  const ask = () => inFlight.share('key', live(), start, () => (joined += 1));
  const both = Promise.all([ask(), ask()]);
  starts[0]?.finish('first');
  assert.deepEqual(await both, ['first', 'first']);
  assert.equal(joined, 1);

  const later = ask();
  starts[1]?.finish('second');
  assert.equal(await later, 'second');
});

test('a failure is everybody’s, and the next one starts anew', async () => {
  const { starts, start } = createWork();
  const inFlight = new InFlight<string>();
  const both = Promise.allSettled([
    inFlight.share('key', live(), start),
    inFlight.share('key', live(), start),
  ]);
  starts[0]?.fail(new Error('broken'));
  assert.deepEqual(
    (await both).map(({ status }) => status),
    ['rejected', 'rejected'],
  );
  const later = inFlight.share('key', live(), start);
  starts[1]?.finish('mended');
  assert.equal(await later, 'mended');
});

test('other keys are other work', () => {
  const { starts, start } = createWork();
  const inFlight = new InFlight<string>();
  void inFlight.share('one', live(), start);
  void inFlight.share('two', live(), start);
  assert.equal(starts.length, 2);
});

test('one who leaves is told its own reason; the others get the answer', async () => {
  const { starts, start } = createWork();
  const inFlight = new InFlight<string>();
  const leaver = new AbortController();
  const first = inFlight.share('key', leaver.signal, start);
  const second = inFlight.share('key', live(), start);
  leaver.abort(new Error('had to go'));
  await assert.rejects(first, { message: 'had to go' });
  assert.equal(starts[0]?.signal.aborted, false);
  starts[0]?.finish('answer');
  assert.equal(await second, 'answer');
});

test('the last one who leaves ends the work, and a newcomer does not join what ended', async () => {
  const { starts, start } = createWork();
  const inFlight = new InFlight<string>();
  const [one, two] = [new AbortController(), new AbortController()];
  const leaving = Promise.allSettled([
    inFlight.share('key', one.signal, start),
    inFlight.share('key', two.signal, start),
  ]);
  one.abort(new Error('one'));
  assert.equal(starts[0]?.signal.aborted, false);
  two.abort(new Error('two'));
  assert.equal(starts[0]?.signal.aborted, true);
  // The aborted work has not ended yet.
  const newcomer = inFlight.share('key', live(), start);
  assert.equal(starts.length, 2);
  await leaving;
  // The end of the first one does not take the second one's place away.
  const joining = inFlight.share('key', live(), start);
  assert.equal(starts.length, 2);
  starts[1]?.finish('fresh');
  assert.deepEqual(await Promise.all([newcomer, joining]), ['fresh', 'fresh']);
});

test('who comes with an aborted signal gets no answer and ends nobody’s work', async () => {
  const { starts, start } = createWork();
  const call = new SharedCall(start);
  const waiting = call.wait(live());
  await assert.rejects(call.wait(AbortSignal.abort(new Error('gone'))), { message: 'gone' });
  starts[0]?.finish('answer');
  assert.equal(await waiting, 'answer');
});

test('200 waits on one signal leave no listener behind and warn of none', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const { starts, start } = createWork();
  const signal = live();
  let listeners = 0;
  const { addEventListener, removeEventListener } = signal;
  signal.addEventListener = (...parameters: Parameters<typeof addEventListener>) => {
    listeners += 1;
    addEventListener.apply(signal, parameters);
  };
  signal.removeEventListener = (...parameters: Parameters<typeof removeEventListener>) => {
    listeners -= 1;
    removeEventListener.apply(signal, parameters);
  };
  const call = new SharedCall(start);
  const waiting = Array.from({ length: 200 }, () => call.wait(signal));
  assert.equal(listeners, 200);
  starts[0]?.finish('answer');
  await Promise.all(waiting);
  assert.equal(listeners, 0);
  // Warnings are emitted in a later turn of the loop.
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
});
