import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { createApiKey, equalHashes, hashSecret, parseApiKey } from '../../../src/auth/api-key.ts';

test('a key has the documented form and is read back', () => {
  const { id, secret, text } = createApiKey();
  assert.match(text, /^trb_live_[a-z2-7]{16}_[a-z2-7]{39}_[0-9a-f]{8}$/);
  assert.deepEqual(parseApiKey(text), { kind: 'live', id, secret });
});

test('keys do not repeat', () => {
  assert.equal(new Set(Array.from({ length: 1000 }, () => createApiKey().text)).size, 1000);
});

test('a key with any one character changed is refused by its checksum', () => {
  const { text } = createApiKey();
  fc.assert(
    fc.property(
      fc.nat(text.length - 1),
      fc.constantFrom(...'abcdefghijklmnopqrstuvwxyz234567_'),
      (at, character) => {
        fc.pre(text[at] !== character);
        assert.equal(parseApiKey(text.slice(0, at) + character + text.slice(at + 1)), undefined);
      },
    ),
  );
});

test('text of any other form is refused', () => {
  fc.assert(fc.property(fc.string(), (text) => parseApiKey(text) === undefined));
});

test('hashes depend on secret and pepper, and are compared whole', () => {
  const hash = hashSecret('secret', 'pepper');
  assert.match(hash, /^[0-9a-f]{64}$/);
  assert.ok(equalHashes(hash, hashSecret('secret', 'pepper')));
  assert.ok(!equalHashes(hash, hashSecret('secret', 'other')));
  assert.ok(!equalHashes(hash, hash.slice(0, 62)));
});
