import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { createInterface } from 'node:readline';

/**
 * Asks every cell of the matrix of rules: `npm run test:matrix`. The cells are dealt out to as many processes as there are
 * cores, each with a gateway of its own; they tell how far they are. Ends with the counts, and with exit code 1 when a
 * cell does not hold.
 */

const FILE = 'test/matrix/rules-matrix.test.ts';
/** Small enough for one process. */
const OWNERS_FILE = 'test/matrix/foreign-owner.test.ts';
const COUNTS = /^(.+): (\d+) of \d+ cells hold, (\d+) of them refusals$/;

const processes = availableParallelism();
const counts = new Map<string, { cells: number; refusals: number }>();
const beganMs = performance.now();

async function runPart(part: number, file = FILE): Promise<boolean> {
  const env = { ...process.env, MATRIX: 'all', MATRIX_PART: `${part}/${processes}` };
  const child = spawn(process.execPath, ['--test-reporter=spec', file], {
    env,
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  const ended = once(child, 'close');
  for await (const line of createInterface({ input: child.stdout })) {
    const [, world = '', cells, refusals] = COUNTS.exec(line) ?? [];
    if (cells === undefined) {
      console.log(`${part}/${processes}  ${line}`);
      continue;
    }
    const sum = counts.get(world) ?? { cells: 0, refusals: 0 };
    counts.set(world, { cells: sum.cells + Number(cells), refusals: sum.refusals + Number(refusals) });
  }
  const [code] = await ended;
  return code === 0;
}

const held = await Promise.all(Array.from({ length: processes }, (_, index) => runPart(index + 1)));
held.push(await runPart(1, OWNERS_FILE));
for (const [world, { cells, refusals }] of counts)
  console.log(`${world}: ${cells} cells hold, ${refusals} of them refusals`);
const seconds = Math.round((performance.now() - beganMs) / 1000);
const hasBoth = [...counts.values()].every(({ cells, refusals }) => refusals > cells / 20);
const isGood = held.every(Boolean) && counts.size > 0 && hasBoth;
console.log(`${isGood ? 'every cell holds' : 'NOT every cell holds'}, ${seconds} s on ${processes} cores`);
process.exitCode = isGood ? 0 : 1;
