import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { parseFeedTime, publicationTimeOf } from '../../../subgraphs/news/feeds/publication-time.ts';

const iso = (text: string) => {
  const instant = parseFeedTime(text);
  return instant === undefined ? undefined : new Date(instant).toISOString();
};

test('reads the times of feeds, whatever the time zone of the machine', () => {
  assert.equal(iso('Wed, 05 Aug 2026 10:00:00 GMT'), '2026-08-05T10:00:00.000Z');
  assert.equal(iso('5 Aug 26 10:00 EDT'), '2026-08-05T14:00:00.000Z');
  assert.equal(iso('Wed, 05 Aug 2026 10:00:00 +0530'), '2026-08-05T04:30:00.000Z');
  assert.equal(iso(' 2026-08-05T10:00:00.250+02:00 '), '2026-08-05T08:00:00.000Z');
  assert.equal(iso('2026-08-05'), '2026-08-05T00:00:00.000Z');
});

test('takes nothing for a time that is none', () => {
  for (const text of [
    '',
    'yesterday',
    '2026-08-05 10:00',
    '30 Feb 2026 10:00:00 GMT',
    '2026-02-30T10:00:00Z',
    '2026-13-01T10:00:00Z',
    '2026-08-05T25:00:00Z',
    'Wed, 05 Aug 2026 10:00:00 XYZ',
    'Wed, 05 Foo 2026 10:00:00 GMT',
  ]) {
    assert.equal(parseFeedTime(text), undefined, text);
  }
});

test('writes and reads any instant the same, as both standards have it', () => {
  const instants = fc.date({ min: new Date('1999-04-01'), max: new Date('2100-01-01'), noInvalidDate: true });
  fc.assert(
    fc.property(instants, (date) => {
      const wholeSeconds = Math.floor(date.getTime() / 1000) * 1000;
      assert.equal(parseFeedTime(date.toUTCString()), wholeSeconds);
      assert.equal(parseFeedTime(date.toISOString()), wholeSeconds);
    }),
  );
});

test('dates an item by when it was seen if its own date cannot be', () => {
  const seenAtMs = Date.parse('2026-08-05T00:00:00Z');
  assert.equal(
    publicationTimeOf('Tue, 04 Aug 2026 10:00:00 GMT', seenAtMs),
    Date.parse('2026-08-04T10:00:00Z'),
  );
  for (const wrong of [
    undefined,
    'soon',
    '2031-01-01T00:00:00Z',
    '1970-01-01T00:00:00Z',
    '0001-01-01T00:00:00Z',
  ]) {
    assert.equal(publicationTimeOf(wrong, seenAtMs), seenAtMs, wrong);
  }
});
