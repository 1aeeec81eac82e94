import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { runConfined } from '../../../src/control/composition/run-confined.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';

let folder: TemporaryFolder;
before(() => {
  folder = createTemporaryFolder();
});
after(() => folder[Symbol.dispose]());

const LIMITS = { timeoutMs: 2_000, memoryMb: 64 };

test('in the background the time of waiting does not count at once', async () => {
  const program = folder.write(
    'patient.cjs',
    "process.once('message', () => setTimeout(() => process.send('done', () => process.disconnect()), 2500));",
  );
  assert.equal(await runConfined(program, {}, { ...LIMITS, isBackground: true }), 'done');
  await assert.rejects(runConfined(program, {}, LIMITS), /had no result after 2 s/);
});

test('in the background a program that takes its cores for too long is stopped all the same', async () => {
  const program = folder.write('bomb.cjs', "process.once('message', () => { for (;;); });");
  await assert.rejects(runConfined(program, {}, { ...LIMITS, timeoutMs: 300, isBackground: true }), {
    name: 'ConfinedProgramError',
    message: /was stopped/,
  });
});
