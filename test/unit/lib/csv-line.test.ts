import assert from 'node:assert/strict';
import { test } from 'node:test';
import { csvLine } from '../../../src/lib/csv-line.ts';

test('quotes what RFC 4180 asks to be quoted, and nothing else', () => {
  assert.equal(csvLine(['plain', 7, null, 'ä b']), 'plain,7,,ä b\r\n');
  assert.equal(
    csvLine(['a,b', 'say "hi"', 'two\nlines', 'cr\rlf']),
    '"a,b","say ""hi""","two\nlines","cr\rlf"\r\n',
  );
});

test('no text is a formula to a spreadsheet', () => {
  for (const text of ['=1+1', '+1', '-1', '@SUM(A1)', '\tx', '\rx', '＝1']) {
    const line = csvLine([text]);
    assert.equal(line.replace(/^"/, '')[0], "'", JSON.stringify(text));
    assert.ok(line.includes(text));
  }
  assert.equal(csvLine(['a=1', -1]), 'a=1,-1\r\n');
});
