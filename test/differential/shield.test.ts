import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { compareResults } from './compare-results.ts';
import { createApolloExecution, createTributaryExecution, type Execution } from './executions.ts';
import { knownStockFault } from './known-stock-faults.ts';
import { caseOfSeed } from './random-case.ts';
import { createChoices } from './random-operation.ts';
import { createShielding, shieldExecution, shieldMonolith } from './shielded-executions.ts';

/** `SHIELD_SEEDS=5000 node --test test/differential/shield.test.ts` looks further. */
const SEEDS = Number(process.env.SHIELD_SEEDS ?? 500);

/** Compares one case with its rules. @returns what differs, and whether the rules refused anything */
async function compare(execution: Execution, seed: number) {
  const random = caseOfSeed(seed);
  const [numbers] = fc.sample(fc.array(fc.nat(0xffff), { minLength: 400, maxLength: 400 }), {
    seed,
    numRuns: 1,
  });
  const shielding = createShielding(createChoices(numbers as number[]));
  const expected = await shieldMonolith(shielding).run(random);
  const result = await shieldExecution(execution, shielding).run(random);
  const open = await execution.run(random);
  const difference = compareResults(result, expected);
  return { random, difference, isRefused: compareResults(result, open) !== undefined };
}

test('the gateway answers behind rules as a monolith with graphql-shield does', async () => {
  const execution = createTributaryExecution();
  let refused = 0;
  for (let seed = 1; seed <= SEEDS; seed += 1) {
    const { random, difference, isRefused } = await compare(execution, seed);
    if (isRefused) refused += 1;
    assert.equal(difference, undefined, `seed ${seed}\n${random.query}\n${JSON.stringify(random.variables)}`);
  }
  console.log(`${SEEDS} operations × callers equal, something was refused in ${refused}`);
  assert.ok(refused > SEEDS / 4);
});

test('so does the stock executor, which gets the same pruned documents', async () => {
  const execution = await createApolloExecution();
  for (let seed = 1; seed <= SEEDS / 5; seed += 1) {
    const { random, difference } = await compare(execution, seed);
    if (difference === undefined || knownStockFault(random, difference) !== undefined) continue;
    assert.fail(`seed ${seed}: ${difference}\n${random.query}\n${JSON.stringify(random.variables)}`);
  }
  await execution.close();
});
