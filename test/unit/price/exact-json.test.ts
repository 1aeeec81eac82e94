import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseExactJson } from '../../../subgraphs/price/providers/coingecko/exact-json.ts';
import { readError, readRetryAfter } from '../../../subgraphs/price/providers/coingecko/read-error.ts';
import { Decimal } from '../../../subgraphs/shared/decimal.ts';

test('reads numbers from their text, digit by digit', () => {
  const body = parseExactJson('{"a":[6.44e-06,123456789012345678901.123456789,-0.10],"text":"1.0"}') as {
    a: Decimal[];
    text: string;
  };
  assert.ok(body.a.every((value) => value instanceof Decimal));
  assert.deepEqual(
    body.a.map((value) => value.toFixed()),
    ['0.00000644', '123456789012345678901.123456789', '-0.1'],
  );
  assert.equal(body.text, '1.0');
});

test('refuses numbers that would fill memory when they are written out', () => {
  for (const number of ['1e999999', '1e-999999', `1${'0'.repeat(200)}`, '1e79']) {
    assert.throws(() => parseExactJson(`[${number}]`), RangeError, number);
  }
  assert.throws(() => parseExactJson('[NaN]'), SyntaxError);
});

test('reads Retry-After as seconds or as a date, and nothing else', () => {
  const now = Date.parse('2026-08-08T00:00:00Z');
  assert.equal(readRetryAfter('60', now), 60_000);
  assert.equal(readRetryAfter('Sat, 08 Aug 2026 00:01:30 GMT', now), 90_000);
  assert.equal(readRetryAfter('Fri, 07 Aug 2026 00:00:00 GMT', now), 0);
  assert.equal(readRetryAfter('soon', now), undefined);
  assert.equal(readRetryAfter(undefined, now), undefined);
});

test('knows what kind of failure an answer tells, in each of the three shapes', () => {
  const kindOf = (statusCode: number, text: string) =>
    readError({ statusCode, body: parseExactJson(text), retryAfterMs: undefined })?.kind;
  assert.equal(kindOf(200, '[]'), undefined);
  assert.equal(kindOf(429, '{}'), 'RATE_LIMITED');
  assert.equal(kindOf(200, '{"status":{"error_code":429}}'), 'RATE_LIMITED');
  assert.equal(kindOf(401, '{"error":{"status":{"error_code":10012,"error_message":"days"}}}'), 'REFUSED');
  assert.equal(kindOf(400, '{"status":{"error_code":10002}}'), 'REFUSED');
  assert.equal(kindOf(404, '{"error":"coin not found"}'), 'NOT_FOUND');
  assert.equal(kindOf(502, '{"error":"bad gateway"}'), 'UNAVAILABLE');
  assert.equal(kindOf(200, '{"error":"odd"}'), 'INVALID_ANSWER');
});
