import { spawnSync } from 'node:child_process';
import { accessSync, constants, globSync, statSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { delimiter, join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';

/**
 * Runs the tests: `npm test`, or `npm test -- test/unit test/feature/callers.test.ts` for some of them.
 *
 * Brings what they need that is no npm package (Chromium): from PATH; else from Debian's packages when run as root;
 * else it says which command installs it. Ends with the line `N passed, N failed`.
 */

const CHROMIUM_COMMANDS = ['chromium', 'chromium-browser', 'google-chrome'];

function findOnPath(names: readonly string[]): string | undefined {
  for (const directory of (process.env.PATH ?? '').split(delimiter)) {
    for (const name of names) {
      const file = join(directory, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here; look on.
      }
    }
  }
  return undefined;
}

/** Finds Chromium, or installs it where that is allowed. @throws when there is none and none can be installed */
function provideChromium(): string {
  const found = findOnPath(CHROMIUM_COMMANDS);
  if (found !== undefined) return found;
  const isRoot = process.getuid?.() === 0;
  const command = 'apt-get update && apt-get install -y --no-install-recommends chromium';
  if (!isRoot || findOnPath(['apt-get']) === undefined) {
    throw new Error(`The tests need Chromium, and none is on PATH. On Debian, as root: ${command}`);
  }
  console.log(`Chromium is missing; running: ${command}`);
  const { status } = spawnSync('sh', ['-c', `(${command}) >&2`], {
    stdio: ['ignore', 'ignore', 'inherit'],
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
  });
  const installed = findOnPath(CHROMIUM_COMMANDS);
  if (status !== 0 || installed === undefined) throw new Error(`Chromium could not be installed: ${command}`);
  return installed;
}

/** The test files that the arguments name: files, folders, or all. */
function selectFiles(names: readonly string[]): string[] {
  const roots = names.length === 0 ? ['test'] : names;
  const files = roots.flatMap((name) =>
    statSync(name).isDirectory() ? globSync(join(name, '**/*.test.ts')) : [name],
  );
  return [...new Set(files)].sort();
}

const files = selectFiles(process.argv.slice(2));
process.env.CHROMIUM_PATH ??= provideChromium();

const stream = run({
  files,
  concurrency: Math.max(2, availableParallelism()),
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

if (counts === undefined || counts.passed + counts.failed === 0) {
  console.log('No test ran.');
  process.exitCode = 1;
} else {
  const { passed, failed, skipped } = counts;
  console.log(`${passed} passed, ${failed} failed${skipped > 0 ? `, ${skipped} skipped` : ''}`);
  process.exitCode = failed > 0 ? 1 : 0;
}
