import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, validate } from 'graphql';
import { createApolloExecution, createTributaryExecution } from './executions.ts';
import { describeDifference, findDifference } from './find-difference.ts';
import { monolith } from './fixture/federation.ts';
import { knownStockFault, STOCK_FAULTS, type StockFault } from './known-stock-faults.ts';
import { caseOfSeed } from './random-case.ts';

/** `SEEDS=2000 npm test -- test/differential` looks further; `npm run fuzz` further still. */
const SEEDS = Number(process.env.SEEDS ?? 500);
const FIRST_SEED = 1;

const seeds = Array.from({ length: SEEDS }, (_, index) => FIRST_SEED + index);

test('every random operation is valid, and most of what matters occurs', () => {
  const queries = seeds.map((seed) => caseOfSeed(seed).query);
  for (const query of queries) assert.deepEqual(validate(monolith, parse(query)), [], query);
  for (const feature of [
    /^mutation/,
    /fragment \w+ on Product/,
    /@skip/,
    /@include\(if: \$/,
    /= \{/,
    /_1: /,
  ]) {
    assert.ok(
      queries.some((query) => feature.test(query)),
      String(feature),
    );
  }
});

test('Tributary answers random operations as a monolith over the same data does', async () => {
  const execution = createTributaryExecution();
  for (const seed of seeds) {
    const random = caseOfSeed(seed);
    if ((await findDifference(execution, random)) !== undefined) {
      assert.fail(await describeDifference(execution, seed, random));
    }
  }
});

test('the stock executor answers as the monolith does, apart from its known faults', async () => {
  const execution = await createApolloExecution();
  const seen = new Set<StockFault>();
  for (const seed of seeds) {
    const random = caseOfSeed(seed);
    const difference = await findDifference(execution, random);
    if (difference === undefined) continue;
    const fault = knownStockFault(random, difference);
    if (fault === undefined) assert.fail(await describeDifference(execution, seed, random));
    seen.add(fault);
  }
  await execution.close();
  // A fault that never shows any more is one to take off the list.
  if (SEEDS >= 500) assert.deepEqual(new Set(STOCK_FAULTS), seen);
});
