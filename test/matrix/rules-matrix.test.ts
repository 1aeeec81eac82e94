import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import type { Cell } from './cells.ts';
import { ABSTRACT_SUBGRAPHS, ABSTRACT_TABLE } from './fixture/subgraphs.ts';
import { createMatrixWorld, type MatrixWorld, platformSubgraphs } from './matrix-world.ts';
import { sideBySide } from './side-by-side.ts';

/** `npm run test:matrix` asks every cell, in several processes; `npm test` a sample, the same one each time. */
const ALL = process.env.MATRIX === 'all';
/** Which part of the cells this process asks, of how many. */
const [PART = 1, PARTS = 1] = (process.env.MATRIX_PART ?? '1/1').split('/').map(Number);
const SAMPLE = 2_000;
const SEED = 20261122;

/** Cells of one coordinate stay together: they share documents and plans. */
function isOfThisPart({ number }: Cell): boolean {
  return number % PARTS === PART - 1;
}

/** Half of the sample are refusals, where there are so many. */
function sampleOf(cells: readonly Cell[], count: number): readonly Cell[] {
  if (ALL || cells.length <= count) return cells;
  const refusals = cells.filter(({ refused }) => refused !== undefined);
  const permitted = cells.filter(({ refused }) => refused === undefined);
  const fromRefusals = Math.min(refusals.length, count / 2);
  return [...pick(refusals, fromRefusals), ...pick(permitted, count - fromRefusals)];
}

function pick(cells: readonly Cell[], count: number): readonly Cell[] {
  const length = Math.min(count, cells.length);
  const arbitrary = fc.shuffledSubarray([...cells], { minLength: length, maxLength: length });
  return fc.sample(arbitrary, { seed: SEED, numRuns: 1 })[0] as readonly Cell[];
}

/** How often a run of all cells tells how far it is. */
const TOLD_EACH = 2_000;

async function checkWorld(name: string, world: MatrixWorld, count: number): Promise<void> {
  const all = [...world.cells()].filter(isOfThisPart);
  const chosen = sampleOf(all, count);
  const check = (cell: Cell) =>
    world.check(cell).catch((error: Error) => {
      // At once: the rest of a run of all cells takes minutes.
      console.log(`${name}: a cell does not hold: ${error.message}`);
      throw error;
    });
  await sideBySide(chosen, check, (count) => {
    if (ALL && count % TOLD_EACH === 0) console.log(`${name}: ${count} of ${chosen.length}`);
  });
  const refused = chosen.filter((cell) => cell.refused !== undefined).length;
  console.log(`${name}: ${chosen.length} of ${all.length} cells hold, ${refused} of them refusals`);
  // A part of all cells may have no refusals; scripts/test-matrix.ts looks at their sum.
  if (!ALL) assert.ok(refused > chosen.length / 20 && refused < chosen.length);
}

test('every coordinate of the platform is refused to whom the table refuses it, and never fetched', async () => {
  await using world = await createMatrixWorld({
    ...platformSubgraphs(),
    rulesFile: new URL('../../schema/rules.ts', import.meta.url),
    engine: 'tributary',
  });
  await checkWorld('platform', world, SAMPLE);
});

for (const engine of ['tributary', 'apollo'] as const) {
  test(`the same over interfaces and unions, engine ${engine}`, async () => {
    await using world = await createMatrixWorld({
      subgraphs: ABSTRACT_SUBGRAPHS,
      rulesFile: new URL('fixture/rules.ts', import.meta.url),
      engine,
      table: ABSTRACT_TABLE,
    });
    await checkWorld(`interfaces and unions, ${engine}`, world, SAMPLE / 4);
  });
}
