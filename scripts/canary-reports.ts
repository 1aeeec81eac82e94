import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

/** What the test processes of a run have watched for secrets (test/kit/canaries.ts). */
export interface CanaryReports {
  /** One line for people. */
  readonly summary: string;
  /** Whether a kind of output was not looked at at all: then the watch is broken, in a run of all tests. */
  readonly isBlind: boolean;
  /** One entry for each secret that got out. */
  readonly leaks: readonly string[];
}

/**
 * Reads what test processes have left in the folder of `CANARY_REPORTS`.
 *
 * @param folder - with a line for each process in `looked.txt`, one for each leak in `leaks.txt`
 */
export function readCanaryReports(folder: string): CanaryReports {
  const sums: Record<string, number> = { logs: 0, answers: 0, metrics: 0, outputs: 0 };
  const processes = readLines(join(folder, 'looked.txt')) as Record<string, number>[];
  for (const looked of processes) {
    for (const [place, count] of Object.entries(looked)) sums[place] = (sums[place] ?? 0) + count;
  }
  const leaks = readLines(join(folder, 'leaks.txt')) as string[];
  const { logs, answers, metrics, outputs } = sums;
  const places = `${logs} log lines, ${answers} answers, ${metrics} pages of metrics, the output of ${outputs} processes`;
  const found = leaks.length === 0 ? 'no secret' : `${leaks.length} secrets`;
  return {
    summary: `${found} in ${places} of ${processes.length} test files`,
    isBlind: Object.values(sums).includes(0),
    leaks,
  };
}

function readLines(file: string): unknown[] {
  if (!existsSync(file)) return [];
  return readFileSync(file, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as unknown);
}
