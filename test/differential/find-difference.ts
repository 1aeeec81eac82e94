import { compareResults, type ExecutionResult } from './compare-results.ts';
import { type Execution, monolithExecution } from './executions.ts';
import { monolith } from './fixture/federation.ts';
import type { Case } from './random-case.ts';
import { shrinkCase } from './shrink-case.ts';

/** Runs a case on an execution and on the monolith. @returns what differs, or undefined */
export async function findDifference(execution: Execution, of: Case): Promise<string | undefined> {
  const expected = (await monolithExecution.run(of)) as ExecutionResult;
  try {
    return compareResults(await execution.run(of), expected);
  } catch (error) {
    return `it throws ${(error as Error).stack}`;
  }
}

/** Makes a case that differs as small as it goes, and describes it with all that is needed to see it again. */
export async function describeDifference(execution: Execution, seed: number, of: Case): Promise<string> {
  const smallest = await shrinkCase(
    of,
    monolith,
    async (candidate) => (await findDifference(execution, candidate)) !== undefined,
  );
  const [found, expected] = await Promise.all([
    execution.run(smallest).catch((error: unknown) => String(error)),
    monolithExecution.run(smallest),
  ]);
  return [
    `seed ${seed}, ${execution.name}: ${await findDifference(execution, smallest)}`,
    smallest.query,
    `variables ${JSON.stringify(smallest.variables)}`,
    `faults    ${JSON.stringify(smallest.faults)}`,
    `found     ${JSON.stringify(found)}`,
    `expected  ${JSON.stringify(expected)}`,
  ].join('\n');
}
