import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { runInSlices } from '../../../subgraphs/analytics/run-in-slices.ts';

/** Work whose steps each take a millisecond. */
function* steps(count: number, onStep: (step: number) => void = () => {}): Generator<undefined, string> {
  for (let step = 0; step < count; step++) {
    const end = performance.now() + 1;
    while (performance.now() < end);
    onStep(step);
    yield;
  }
  return 'done';
}

test('lets others have their turn between slices, and begins after those who called', async () => {
  const turns: number[] = [];
  let stepsDone = 0;
  const work = runInSlices(
    steps(60, () => stepsDone++),
    new AbortController().signal,
  );
  assert.equal(stepsDone, 0);
  let isDone = false;
  void work.then(() => {
    isDone = true;
  });
  while (!isDone) {
    turns.push(stepsDone);
    await nextTurn();
  }
  assert.equal(await work, 'done');
  const betweenTurns = turns.slice(1).map((done, index) => done - (turns[index] as number));
  assert.ok(turns.length > 6);
  assert.ok(Math.max(...betweenTurns) <= 10, `${Math.max(...betweenTurns)} steps without a turn`);
});

test('ends early when told so, and hands on what the work throws', async () => {
  const controller = new AbortController();
  let last = 0;
  const work = runInSlices(
    steps(1000, (step) => {
      last = step;
      if (step === 3) controller.abort(new Error('closing'));
    }),
    controller.signal,
  );
  await assert.rejects(work, /closing/);
  assert.ok(last < 50);
  const failing = steps(5, () => {
    throw new Error('no figure');
  });
  await assert.rejects(runInSlices(failing, new AbortController().signal), /no figure/);
});
