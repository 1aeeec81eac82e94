import { globSync, mkdtempSync, rmSync, statSync } from 'node:fs';
import { availableParallelism, tmpdir } from 'node:os';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';
import { readCanaryReports } from './canary-reports.ts';
import { provideChromium } from './provide-chromium.ts';
import { providePostgres } from './provide-postgres.ts';
import { provideRedis } from './provide-redis.ts';

/**
 * Runs the tests: `npm test`, or `npm test -- test/unit test/feature/callers.test.ts` for some of them.
 *
 * Brings what they need that is no npm package (Chromium, PostgreSQL, Redis): from PATH; else from Debian's packages when
 * run as root; else it says which command installs it. Says what was watched for secrets in all of it (test/kit/canaries.ts);
 * a secret that got out is a failed test. Ends with the line `N passed, N failed`.
 */

/** The test files that the arguments name: files, folders, or all. */
function selectFiles(names: readonly string[]): string[] {
  const roots = names.length === 0 ? ['test'] : names;
  const files = roots.flatMap((name) =>
    statSync(name).isDirectory() ? globSync(join(name, '**/*.test.ts')) : [name],
  );
  return [...new Set(files)].sort();
}

const files = selectFiles(process.argv.slice(2));
// Every test file is a process: what one has compiled, the next ones need not.
process.env.NODE_COMPILE_CACHE ??= fileURLToPath(
  new URL('../node_modules/.cache/tributary', import.meta.url),
);
const reports = mkdtempSync(join(tmpdir(), 'tributary-canaries-'));
process.env.CANARY_REPORTS = reports;
process.env.CHROMIUM_PATH ??= provideChromium();
process.env.POSTGRES_BIN ??= providePostgres();
process.env.REDIS_SERVER ??= provideRedis();

const stream = run({
  files,
  // One more than cores: tests of whole platforms wait for their processes more than they compute.
  concurrency: availableParallelism() + 1,
  timeout: 180_000,
});
let counts: { readonly passed: number; readonly failed: number; readonly skipped: number } | undefined;
stream.on('test:summary', (summary) => {
  // One summary a file, and a last one without a file for all of them.
  if (summary.file !== undefined) return;
  const { tests, passed, skipped } = summary.counts;
  counts = { passed, skipped, failed: tests - passed - skipped };
});
await pipeline(stream, new spec(), process.stdout, { end: false });
const { summary, isBlind, leaks } = readCanaryReports(reports);
rmSync(reports, { recursive: true });

if (counts === undefined || counts.passed + counts.failed === 0) {
  console.log('No test ran.');
  process.exitCode = 1;
} else {
  const { passed, skipped } = counts;
  for (const leak of leaks) console.log(leak);
  console.log(summary);
  const isAll = process.argv.length === 2;
  if (isAll && isBlind) console.log('The watch for secrets has not seen all that goes out.');
  const failed = counts.failed + leaks.length + (isAll && isBlind ? 1 : 0);
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
