import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { toPlainText, truncateText } from '../../../subgraphs/news/ingest/plain-text.ts';

test('leaves a headline as it is', () => {
  for (const title of [
    'Treasury Proposes Rule to Implement the GENIUS Act’s Requirements to Counter Illicit Finance',
    'Remarks by FDIC Director of Risk Management Supervision Ryan Billingsley, "Innovation at the Speed of Markets: How Regulators Keep Pace with Technology"',
    'NEW: Banking Minority Staff Analysis Confirms Clarity Act Would Do Nothing to Prevent Trump From Making His Next $1.4 Billion in Crypto Profits',
    'Bitcoin < 5 % of savings & > 0',
  ]) {
    assert.equal(toPlainText(title), title);
  }
});

test('takes out markup, scripts and character references, however often they are escaped', () => {
  const cases: [html: string, text: string][] = [
    ['<b>Rules</b> for&nbsp;custody', 'Rules for custody'],
    ['AT&amp;T &#8217;s &#x201C;coin&#x201D;', 'AT&T ’s “coin”'],
    ['A<script>alert("1")</script>B', 'A B'],
    ['A&lt;script&gt;alert(1)&lt;/script&gt;B', 'A B'],
    ['A&amp;lt;img src=x onerror=alert(1)&amp;gt;B', 'A B'],
    ['A<scr<b>ipt>alert(1)</script>', 'A ipt>alert(1)'],
    ['A<script>never closed', 'A'],
    ['A<img src=x onerror=alert(1)', 'A'],
    ['A<!-- hidden -->B', 'A B'],
    ['safe\u202Egnp.exe\u200B', 'safegnp.exe'],
    ['&#1114112;&#0;&unknown;', '&unknown;'],
  ];
  for (const [html, text] of cases) assert.equal(toPlainText(html), text, html);
});

test('never lets a tag or a control character through, and is stable', () => {
  const part = fc.constantFrom(
    '<',
    '>',
    '&lt;',
    '&amp;',
    '&#60;',
    'script',
    '/',
    '!--',
    '-->',
    ' ',
    'a',
    'lt;',
    '\u0000',
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 25 }), (parts) => {
      const text = toPlainText(parts.join(''));
      assert.doesNotMatch(text, /<[a-z/!?]|[\p{Cc}\p{Cf}]/iu);
      assert.equal(toPlainText(text), text);
    }),
    { numRuns: 500 },
  );
});

test('cuts at a word and never exceeds the length', () => {
  assert.equal(truncateText('one two three', 13), 'one two three');
  assert.equal(truncateText('one two three', 12), 'one two…');
  assert.equal(truncateText('abcdefgh', 4), 'abc…');
});

test('shows nothing of text that is escaped without end', () => {
  assert.equal(toPlainText(`${'&amp;'.repeat(1)}${'amp;'.repeat(3)}lt;b>x`), 'x');
  assert.equal(toPlainText(`&${'amp;'.repeat(5000)}`), '');
});
