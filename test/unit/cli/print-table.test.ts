import assert from 'node:assert/strict';
import { type TestContext, test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { printTable } from '../../../src/cli/print-table.ts';

function printed(context: TestContext, rows: Parameters<typeof printTable>[0], width: number): string[] {
  const write = context.mock.method(process.stdout, 'write', () => true);
  printTable(rows, 'nothing', { width });
  const text = String(write.mock.calls[0]?.arguments[0]);
  write.mock.restore();
  return stripVTControlCharacters(text).trimEnd().split('\n');
}

const ROWS = [
  { id: 'aaaa', note: '-', scopes: 'one:read,two:read,three:read' },
  { id: 'bbbb', note: '-', scopes: 'one:read' },
];

test('a table that fits stands as it is; one that does not loses columns that say nothing, then wraps', (context) => {
  assert.deepEqual(printed(context, ROWS, 40), [
    'id    note  scopes',
    'aaaa  -     one:read,two:read,three:read',
    'bbbb  -     one:read',
  ]);
  assert.deepEqual(printed(context, ROWS, 39), [
    'id    scopes',
    'aaaa  one:read,two:read,three:read',
    'bbbb  one:read',
  ]);
  assert.deepEqual(printed(context, ROWS, 26), [
    'id    scopes',
    'aaaa  one:read,two:read,',
    '      three:read',
    'bbbb  one:read',
  ]);
  for (const width of [40, 39, 30, 26, 20]) {
    for (const line of printed(context, ROWS, width)) assert.ok(line.length <= width, `${width}: ${line}`);
  }
});

test('where words would have to be broken, rows become blocks', (context) => {
  const [row] = ROWS as [(typeof ROWS)[number]];
  const wide = { ...row, name: 'w'.repeat(14), user: 'u'.repeat(14) };
  assert.deepEqual(printed(context, [wide, wide], 30).slice(0, 7), [
    'id      aaaa',
    'scopes  one:read,two:read,',
    '        three:read',
    `name    ${'w'.repeat(14)}`,
    `user    ${'u'.repeat(14)}`,
    '',
    'id      aaaa',
  ]);
});

test('what others have written neither moves the cursor nor breaks the columns', (context) => {
  const write = context.mock.method(process.stdout, 'write', () => true);
  printTable(
    [
      { id: '1', name: '\u001B[2J\u001B[1;1Hadmin' },
      { id: '2', name: 'two\nlines \u202Egnihton' },
    ],
    'nothing',
  );
  const text = String(write.mock.calls[0]?.arguments[0]);
  write.mock.restore();
  assert.equal(stripVTControlCharacters(text), 'id  name\n1   [2J[1;1Hadmin\n2   two lines gnihton\n');
  assert.equal(text.slice(text.indexOf('\n')).includes('\u001B'), false);
});
