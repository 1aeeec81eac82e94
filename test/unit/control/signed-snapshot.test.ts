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
async function reasonOf(signed: unknown, by: KeyObject = publicKey): Promise<string> {
  try {
    await openSignedSnapshot(signed, by);
  } catch (error) {
    assert.equal((error as { code?: string }).code, 'SNAPSHOT_REFUSED');
    return (error as Error).message;
  }
  return 'none';
}

test('a signed snapshot opens as it was, frozen, over JSON', async () => {
  const signed = signSnapshot(snapshot, key);
  const opened = await openSignedSnapshot(JSON.parse(JSON.stringify(signed)), publicKey);
  assert.deepEqual(opened, snapshot);
  assert.ok(Object.isFrozen(opened.settings.limits));
});

test('content under another address, another signature, another time and another form are refused', async () => {
  const signed = signSnapshot(snapshot, key);
  const other = signSnapshot(buildSnapshot({ ...snapshot, open: true }), key);
  const stranger = generateKeyPairSync('ed25519').privateKey;
  assert.equal(await reasonOf(signed), 'none');
  assert.match(await reasonOf({ ...signed, content: other.content }), /not what its address says/);
  assert.match(await reasonOf({ ...signed, id: other.id, content: other.content }), /signature/);
  assert.match(await reasonOf({ ...signed, signedAtMs: signed.signedAtMs + 1 }), /signature/);
  assert.match(await reasonOf({ ...signed, signature: '' }), /signature/);
  assert.match(await reasonOf(signSnapshot(snapshot, stranger)), /signature/);
  assert.match(await reasonOf(signed, createPublicKey(stranger)), /signature/);
  assert.match(await reasonOf({ ...signed, format: 2 }), /another form/);
  for (const form of [undefined, null, 'text', [], {}]) assert.match(await reasonOf(form), /another form/);
});

test('a good signature does not make good what has another form', async () => {
  const signedAs = (content: string): SignedSnapshot => {
    const { signature: _, ...unsigned } = signSnapshot(buildSnapshot(snapshot), key);
    // Signed by hand: what signs snapshots makes none of these.
    const id = createHash('sha256').update(content).digest('hex');
    const text = `tributary snapshot 1\n${id}\n${unsigned.signedAtMs}\n`;
    return { ...unsigned, id, content, signature: sign(null, Buffer.from(text), key).toString('base64url') };
  };
  assert.equal(await reasonOf(signedAs(signSnapshot(snapshot, key).content)), 'none');
  assert.match(await reasonOf(signedAs('{')), /no JSON/);
  assert.match(await reasonOf(signedAs('{}')), /supergraphSdl/);
  const { limits, ...settings } = snapshot.settings;
  const later = { ...snapshot, settings: { ...settings, limits, aLaterSetting: 1 } };
  assert.match(await reasonOf(signedAs(JSON.stringify(later))), /aLaterSetting/);
});

test('the last good snapshot comes back from the disk, which only its owner reads', async () => {
  using folder = createTemporaryFolder();
  const file = `${folder.path}/snapshot.json`;
  assert.equal(await readLastGoodSnapshot(file, key), undefined);
  saveLastGoodSnapshot(file, signSnapshot(snapshot, key, 5));
  assert.deepEqual(await readLastGoodSnapshot(file, key), { snapshot, signedAtMs: 5 });
  assert.equal(statSync(file).mode & 0o777, 0o600);
  assert.deepEqual(readdirSync(folder.path), ['snapshot.json']);
});

test('a damaged file and one that somebody else has signed are refused with the reason', async () => {
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
    await assert.rejects(read, { code: 'SNAPSHOT_REFUSED', message: expected });
  }
});

test('opening a large snapshot never holds the event loop for long', async () => {
  const keys = Array.from({ length: 10_000 }, (_, index) => ({
    id: `key${index}`,
    kind: 'live' as const,
    secrets: [{ verifier: 'ab'.repeat(32) }],
    tier: 'PRO' as const,
    scopes: ['portfolio:read'],
    accountId: `acc_${index}`,
    allowedRanges: [],
  }));
  const large = signSnapshot(buildSnapshot({ ...snapshot, keys }), key);
  let turns = 0;
  const count = setInterval(() => {
    turns += 1;
  }, 0);
  const opened = await openSignedSnapshot(large, publicKey);
  clearInterval(count);
  assert.equal(opened.keys.length, keys.length);
  assert.ok(Object.isFrozen(opened.keys) && Object.isFrozen(opened.keys.at(-1)?.secrets[0]));
  assert.ok(turns >= 5, `${turns} turns`);
});
