import { parseArgs } from 'node:util';
import { createApolloExecution, createTributaryExecution } from '../test/differential/executions.ts';
import { describeDifference, findDifference } from '../test/differential/find-difference.ts';
import { knownStockFault } from '../test/differential/known-stock-faults.ts';
import { caseOfSeed } from '../test/differential/random-case.ts';

/**
 * Compares random operations with a monolith over the same data: `npm run fuzz -- 10000 [--seed S] [--engine apollo]`.
 * Ends at the first difference with exit code 1, after making the operation as small as it goes; `--all` goes on.
 */

const PROGRESS_EVERY = 250;

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    seed: { type: 'string', default: '1' },
    engine: { type: 'string', default: 'tributary' },
    all: { type: 'boolean', default: false },
  },
});
const count = Number(positionals[0] ?? 1000);
const first = Number(values.seed);
if (!Number.isSafeInteger(count) || !Number.isSafeInteger(first)) {
  process.stderr.write('usage: npm run fuzz -- COUNT [--seed S] [--engine apollo|tributary] [--all]\n');
  process.exit(2);
}

const isStock = values.engine === 'apollo';
const execution = isStock ? await createApolloExecution() : createTributaryExecution();
let differences = 0;
for (let seed = first; seed < first + count; seed += 1) {
  const random = caseOfSeed(seed);
  const difference = await findDifference(execution, random);
  if (difference !== undefined && !(isStock && knownStockFault(random, difference) !== undefined)) {
    process.stdout.write(`${await describeDifference(execution, seed, random)}\n`);
    process.exitCode = 1;
    differences += 1;
    if (!values.all) break;
  }
  const done = seed - first + 1;
  if (done % PROGRESS_EVERY === 0) process.stderr.write(`${done} of ${count}, ${differences} differences\n`);
}
await execution.close();
