import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { test } from 'node:test';
import { pino } from 'pino';
import { type ChildEnd, restartDelayMs, superviseChild } from '../../../src/supervisor/supervised-child.ts';

const log = pino({ level: 'silent' });

test('pauses double from 200 ms to 5 s, and a long life resets them', () => {
  assert.deepEqual([0, 1, 2, 3, 4, 5, 6, 60].map(restartDelayMs), [0, 200, 400, 800, 1600, 3200, 5000, 5000]);
});

/** Supervises a program that ends with exit code 3 as soon as it starts. */
function superviseFailing(markReadyAfter: number) {
  const deaths: ChildEnd[] = [];
  const gaveUp = Promise.withResolvers<ChildEnd>();
  const died = Promise.withResolvers<void>();
  let starts = 0;
  const supervised = superviseChild({
    name: 'failing',
    log,
    spawn() {
      starts += 1;
      return spawn(process.execPath, ['-e', 'process.exit(3)']);
    },
    onDeath(end) {
      deaths.push(end);
      if (deaths.length === markReadyAfter) supervised.markReady();
      if (deaths.length === 4) died.resolve();
    },
    onGivingUp: (end) => gaveUp.resolve(end),
    askToStop: (child) => child.kill('SIGTERM'),
    stopTimeoutMs: 1000,
  });
  return { supervised, deaths, gaveUp: gaveUp.promise, died: died.promise, starts: () => starts };
}

test('gives up on a process that dies three times before it was ever ready', async () => {
  const { gaveUp, deaths, starts } = superviseFailing(Number.POSITIVE_INFINITY);
  assert.deepEqual(await gaveUp, { exitCode: 3, signal: null });
  assert.equal(deaths.length, 3);
  assert.equal(starts(), 3);
});

test('never gives up on a process that was ready once, until it is stopped', async () => {
  const { died, supervised, starts } = superviseFailing(1);
  await died;
  assert.equal(starts(), 4);
  await supervised.stop();
});

test('kills a process that does not end when asked', async () => {
  const { promise: ended, resolve } = Promise.withResolvers<NodeJS.Signals | null>();
  const { promise: running, resolve: run } = Promise.withResolvers<void>();
  const supervised = superviseChild({
    name: 'deaf',
    log,
    spawn() {
      const child = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1e6); console.log(1)']);
      child.stdout.once('data', () => run());
      child.once('exit', (_code, signal) => resolve(signal));
      return child;
    },
    onDeath: () => assert.fail('a stop is no death'),
    onGivingUp: () => assert.fail('a stop is no death'),
    askToStop: () => {},
    stopTimeoutMs: 50,
  });
  await running;
  await supervised.stop();
  assert.equal(await ended, 'SIGKILL');
  assert.equal(supervised.process, undefined);
});
