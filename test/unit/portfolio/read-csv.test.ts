import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readCsv } from '../../../subgraphs/portfolio/seed/read-csv.ts';

test('reads plain and quoted fields, empty ones and both line ends', () => {
  assert.deepEqual(readCsv('a,b,c\r\n1,,"x, ""y""\nz"\r\n,2,\n'), [
    { a: '1', b: '', c: 'x, "y"\nz' },
    { a: '', b: '2', c: '' },
  ]);
  assert.deepEqual(readCsv('a,b\n1,2'), [{ a: '1', b: '2' }]);
});

test('refuses lines that do not fit, by number', () => {
  assert.throws(() => readCsv('a,b\n1,2\n1\n'), /Line 3 has 1 fields, expected 2/);
  assert.throws(() => readCsv('a,b\n1,"2\n'), /Line 2 is not CSV/);
  assert.throws(() => readCsv('a,b\n1,2"3\n'), /Line 2 is not CSV/);
});
