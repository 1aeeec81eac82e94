import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { checkDirection } from './rooms/check-direction.ts';
import { findCopies } from './rooms/find-copies.ts';
import { findCycles } from './rooms/find-cycles.ts';
import { readImports } from './rooms/read-imports.ts';

/**
 * Checks the house rules that no linter knows: imports go with the direction of the rooms, there are no cycles, and
 * packages that must be there once are there once.
 *
 * `node scripts/check-rooms.ts [ROOT]`; exit code 1 with a list of faults.
 */
const FOLDERS = ['src', 'subgraphs', 'schema', 'scripts', 'test', 'bench', 'examples'];
const root = process.argv[2] ?? fileURLToPath(new URL('../', import.meta.url));
const imports = readImports(
  root,
  FOLDERS.filter((folder) => existsSync(join(root, folder))),
);
const faults = [
  ...checkDirection(imports),
  ...findCycles(imports).map((cycle) => `import cycle: ${cycle}`),
  ...findCopies(root),
];
for (const fault of faults) process.stderr.write(`${fault}\n`);
if (faults.length > 0) process.exitCode = 1;
else process.stdout.write(`rooms: ${imports.length} imports, none against the direction, no cycle\n`);
