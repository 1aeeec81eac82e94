import assert from 'node:assert/strict';
import { createHash, createPublicKey, generateKeyPairSync, type KeyObject, sign } from 'node:crypto';
import { readdirSync, readFileSync, statSync } from 'node:fs';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { buildSnapshot } from '../../../src/control/build-snapshot.ts';
import { readLastGoodSnapshot, saveLastGoodSnapshot } from '../../../src/control/last-good-snapshot.ts';
import {
  openSignedSnapshot,
  type SignedSnapshot,
  signSnapshot,
  verifyingKey,
} from '../../../src/control/signed-snapshot.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const key = generateKeyPairSync('ed25519').privateKey;
const publicKey = createPublicKey(verifyingKey(key));

const snapshot = buildSnapshot({
  supergraphSdl: 'type Query { a: Int }',
  apiSdl: 'type Query { a: Int }',
  routingUrls: { a: 'http://127.0.0.1:1/' },
  documents: [{ client: 'web', id: '1', text: '{ a }' }],
  keys: [],
  settings: defaultGatewaySettings(),
  open: false,
});

/** What is refused, and why. */
function reasonOf(signed: unknown, by: KeyObject = publicKey): string {
  try {
    openSignedSnapshot(signed, by);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'SNAPSHOT_REFUSED');
    return (error as Error).message;
  }
  return 'none';
}

test('a signed snapshot opens as it was, frozen, over JSON', () => {
  const signed = signSnapshot(snapshot, key);
  const opened = openSignedSnapshot(JSON.parse(JSON.stringify(signed)), publicKey);
  assert.deepEqual(opened, snapshot);
  assert.ok(Object.isFrozen(opened.settings.limits));
});

test('content under another address, another signature, another time and another form are refused', () => {
  const signed = signSnapshot(snapshot, key);
  const other = signSnapshot(buildSnapshot({ ...snapshot, open: true }), key);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  assert.equal(reasonOf(signed), 'none');
  assert.match(reasonOf({ ...signed, content: other.content }), /not what its address says/);
  assert.match(reasonOf({ ...signed, id: other.id, content: other.content }), /signature/);
  assert.match(reasonOf({ ...signed, signedAtMs: signed.signedAtMs + 1 }), /signature/);
  assert.match(reasonOf({ ...signed, signature: '' }), /signature/);
  assert.match(reasonOf(signSnapshot(snapshot, stranger)), /signature/);
  assert.match(reasonOf(signed, createPublicKey(stranger)), /signature/);
  assert.match(reasonOf({ ...signed, format: 2 }), /another form/);
  for (const form of [undefined, null, 'text', [], {}]) assert.match(reasonOf(form), /another form/);
});

test('a good signature does not make good what has another form', () => {
  const signedAs = (content: string): SignedSnapshot => {
    const { signature: _, ...unsigned } = signSnapshot(buildSnapshot(snapshot), key);
    // Signed by hand: what signs snapshots makes none of these.
    const id = createHash('sha256').update(content).digest('hex');
    const text = `tributary snapshot 1\n${id}\n${unsigned.signedAtMs}\n`;
    return { ...unsigned, id, content, signature: sign(null, Buffer.from(text), key).toString('base64url') };
  };
  assert.equal(reasonOf(signedAs(signSnapshot(snapshot, key).content)), 'none');
  assert.match(reasonOf(signedAs('{')), /no JSON/);
  assert.match(reasonOf(signedAs('{}')), /supergraphSdl/);
  const { limits, ...settings } = snapshot.settings;
  const later = { ...snapshot, settings: { ...settings, limits, aLaterSetting: 1 } };
  assert.match(reasonOf(signedAs(JSON.stringify(later))), /aLaterSetting/);
});

test('the last good snapshot comes back from the disk, which only its owner reads', () => {
  using folder = createTemporaryFolder();
  const file = `${folder.path}/snapshot.json`;
  assert.equal(readLastGoodSnapshot(file, key), undefined);
  saveLastGoodSnapshot(file, signSnapshot(snapshot, key, 5));
  assert.deepEqual(readLastGoodSnapshot(file, key), { snapshot, signedAtMs: 5 });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder.path), ['snapshot.json']);
});

test('a damaged file and one that somebody else has signed are refused with the reason', () => {
  using folder = createTemporaryFolder();
  const file = `${folder.path}/snapshot.json`;
  saveLastGoodSnapshot(file, signSnapshot(snapshot, key));
  const whole = readFileSync(file, 'utf8');
  const read = () => readLastGoodSnapshot(file, key);
  for (const [text, expected] of [
    [whole.slice(0, whole.length / 2), /another form/],
    ['', /another form/],
    [whole.replace('type Query { a: Int }', 'type Query { b: Int }'), /not what its address says/],
    [JSON.stringify(signSnapshot(snapshot, generateKeyPairSync('ed25519').privateKey)), /signature/],
  ] as const) {
    folder.write('snapshot.json', text);
    assert.throws(read, { code: 'SNAPSHOT_REFUSED', message: expected });
  }
});
