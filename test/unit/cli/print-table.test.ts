import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { printTable } from '../../../src/cli/print-table.ts';

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
