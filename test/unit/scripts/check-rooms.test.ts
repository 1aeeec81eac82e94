import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { importsOf } from '../../../scripts/rooms/read-imports.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const SCRIPT = fileURLToPath(new URL('../../../scripts/check-rooms.ts', import.meta.url));

/** Runs the script on a small tree. */
function check(files: Readonly<Record<string, string>>): {
  exitCode: number | null;
  faults: string[];
  output: string;
} {
  using folder = createTemporaryFolder();
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(folder.path, path)), { recursive: true });
    folder.write(path, text);
  }
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, folder.path], { encoding: 'utf8' });
  return { exitCode: status, faults: stderr.trimEnd().split('\n'), output: stdout };
}

const LIB = { 'src/lib/a.ts': 'export const a = 1;\n' };

test('accepts imports to the right, shared types, and what subgraphs may use', () => {
  const { exitCode, output } = check({
    ...LIB,
    'src/context.ts': "import type { a } from './lib/a.ts';\nexport type A = typeof a;\n",
    'src/cli/main.ts': "import { serve } from '../http/serve.ts';\nimport { a } from '../lib/a.ts';\n",
    'src/http/serve.ts': "import type { A } from '../context.ts';\nexport const serve = (a: A) => a;\n",
    'subgraphs/shared/b.ts': "export { a } from '../../src/lib/a.ts';\n",
    'subgraphs/news/c.ts': "import { a } from '../shared/b.ts';\n",
    'test/c.test.ts': "import { serve } from '../src/http/serve.ts';\n",
  });
  assert.equal(output, 'rooms: 7 imports, none against the direction, no cycle\n');
  assert.equal(exitCode, 0);
});

const REFUSED: Readonly<Record<string, readonly [Readonly<Record<string, string>>, string]>> = {
  'an import to the left': [
    { 'src/lib/a.ts': "import { b } from '../http/b.ts';\n", 'src/http/b.ts': 'export const b = 1;\n' },
    'src/lib/a.ts imports src/http/b.ts: http stands left of lib',
  ],
  'an import of a neighbour': [
    { 'src/auth/a.ts': "import { b } from '../limits/b.ts';\n", 'src/limits/b.ts': 'export const b = 1;\n' },
    'src/auth/a.ts imports src/limits/b.ts: auth and limits are neighbours',
  ],
  'an import to the left that is dynamic': [
    {
      'src/lib/a.ts': "export const b = await import('../http/b.ts');\n",
      'src/http/b.ts': 'export const b = 1;\n',
    },
    'src/lib/a.ts imports src/http/b.ts: http stands left of lib',
  ],
  'an import to the left over several lines': [
    {
      'src/lib/a.ts': "import {\n  b,\n  c,\n} from '../http/b.ts';\n",
      'src/http/b.ts': 'export const b = 1, c = 2;\n',
    },
    'src/lib/a.ts imports src/http/b.ts: http stands left of lib',
  ],
  'a room without a place': [
    { ...LIB, 'src/attic/b.ts': "import { a } from '../lib/a.ts';\n" },
    'src/attic/b.ts imports src/lib/a.ts: attic has no place among the rooms',
  ],
  'code from a file of types': [
    { 'src/context.ts': 'export const x = 1;\n', 'src/http/a.ts': "import { x } from '../context.ts';\n" },
    'src/http/a.ts imports src/context.ts: context.ts holds types: use import type',
  ],
  'a subgraph in src': [
    {
      'src/control/a.ts': "import { b } from '../../subgraphs/news/b.ts';\n",
      'subgraphs/news/b.ts': 'export const b = 1;\n',
    },
    'src/control/a.ts imports subgraphs/news/b.ts: src never imports a subgraph; it runs one as a program',
  ],
  'a room of src in a subgraph': [
    {
      'subgraphs/news/a.ts': "import { b } from '../../src/errors/b.ts';\n",
      'src/errors/b.ts': 'export const b = 1;\n',
    },
    'subgraphs/news/a.ts imports src/errors/b.ts: of src, a subgraph imports src/lib alone',
  ],
  'another subgraph in a subgraph': [
    {
      'subgraphs/news/a.ts': "import { b } from '../price/b.ts';\n",
      'subgraphs/price/b.ts': 'export const b = 1;\n',
    },
    'subgraphs/news/a.ts imports subgraphs/price/b.ts: a subgraph imports its own folder and subgraphs/shared alone',
  ],
  'test code in src': [
    { 'src/lib/a.ts': "import { b } from '../../test/b.ts';\n", 'test/b.ts': 'export const b = 1;\n' },
    'src/lib/a.ts imports test/b.ts: only scripts, test, bench import test/',
  ],
  'a script in src': [
    { 'src/lib/a.ts': "import { b } from '../../scripts/b.ts';\n", 'scripts/b.ts': 'export const b = 1;\n' },
    'src/lib/a.ts imports scripts/b.ts: only scripts, test, bench import scripts/',
  ],
  'a cycle': [
    {
      'src/lib/a.ts': "import { b } from './b.ts';\n",
      'src/lib/b.ts': "import { c } from './c.ts';\n",
      'src/lib/c.ts': "import type { a } from './a.ts';\n",
    },
    'import cycle: src/lib/a.ts → src/lib/b.ts → src/lib/c.ts → src/lib/a.ts',
  ],
};

for (const [name, [files, expected]] of Object.entries(REFUSED)) {
  test(`refuses ${name}`, () => {
    const { exitCode, faults } = check(files);
    assert.deepEqual(faults, [expected]);
    assert.equal(exitCode, 1);
  });
}

test('refuses a second copy of a package that must be there once', () => {
  const { exitCode, faults } = check({
    ...LIB,
    'node_modules/graphql/package.json': '{}',
    'node_modules/@apollo/gateway/package.json': '{}',
    'node_modules/@apollo/gateway/node_modules/graphql/package.json': '{}',
  });
  assert.equal(faults.length, 1);
  assert.match(faults[0] ?? '', /^graphql is installed 2 times: .*gateway/);
  assert.equal(exitCode, 1);
});

test('reads a file of many lines without a quote as fast as any other', () => {
  const started = performance.now();
  assert.deepEqual(importsOf(`export const x = [\n${'  1,\n'.repeat(20_000)}];\n`, 'src/lib/x.ts'), []);
  assert.ok(performance.now() - started < 1_000);
});

test('reads no imports out of comments, and none of packages', () => {
  const text =
    "// import { a } from './a.ts';\n * import('./b.ts')\nimport { c } from 'graphql';\nimport './d.ts';\n";
  assert.deepEqual(importsOf(text, 'src/lib/x.ts'), [
    { from: 'src/lib/x.ts', to: 'src/lib/d.ts', isTypeOnly: false },
  ]);
});
