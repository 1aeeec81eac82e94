import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { buildSnapshot } from '../../../src/control/build-snapshot.ts';
import { canonicalJson } from '../../../src/lib/canonical-json.ts';

const content = () => ({
  supergraphSdl: 'type Query { a: Int }',
  apiSdl: 'type Query { a: Int }',
  routingUrls: { a: 'http://127.0.0.1:1/', b: 'http://127.0.0.1:2/' },
  documents: [],
  keys: [
    {
      id: 'k',
      kind: 'live' as const,
      secrets: [{ verifier: '00' }],
      tier: 'PRO' as const,
      scopes: [],
      accountId: 'a',
      allowedRanges: [],
    },
  ],
  settings: defaultGatewaySettings(),
  open: false,
});

test('equal content has an equal id, whatever the order of its keys', () => {
  const { a, b } = content().routingUrls;
  const { id } = buildSnapshot(content());
  assert.match(id, /^[0-9a-f]{64}$/);
  assert.equal(buildSnapshot({ ...content(), routingUrls: { b, a } }).id, id);
});

test('each part of the content changes the id', () => {
  const { limits, ...settings } = content().settings;
  const changed = [
    content(),
    { ...content(), supergraphSdl: 'type Query { b: Int }' },
    { ...content(), apiSdl: 'type Query { b: Int }' },
    { ...content(), routingUrls: { a: 'http://127.0.0.1:3/' } },
    { ...content(), keys: [] },
    { ...content(), documents: [{ client: 'web', id: '1', text: '{ a }' }] },
    { ...content(), settings: { ...settings, limits: { ...limits, depth: 3 } } },
    { ...content(), open: true },
  ].map((each) => buildSnapshot(each).id);
  assert.equal(new Set(changed).size, changed.length);
});

test('a snapshot is frozen throughout and shares nothing with what it was built from', () => {
  const source = content();
  const snapshot = buildSnapshot(source);
  source.routingUrls.a = 'http://elsewhere/';
  assert.equal(snapshot.routingUrls.a, 'http://127.0.0.1:1/');
  assert.throws(() => Object.assign(snapshot.routingUrls, { a: '' }), TypeError);
  assert.ok(Object.isFrozen(snapshot.keys[0]?.secrets[0]));
});

test('canonical JSON says the same as JSON, in one order', () => {
  fc.assert(
    fc.property(fc.jsonValue(), (value) => {
      assert.deepEqual(JSON.parse(canonicalJson(value)), JSON.parse(JSON.stringify(value)));
    }),
  );
  assert.equal(canonicalJson({ b: [{ d: 1, c: 2 }], a: undefined }), '{"b":[{"c":2,"d":1}]}');
});
