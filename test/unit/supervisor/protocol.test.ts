import assert from 'node:assert/strict';
import { generateKeyPairSync } from 'node:crypto';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { buildSnapshot } from '../../../src/control/build-snapshot.ts';
import { signSnapshot } from '../../../src/control/signed-snapshot.ts';
import {
  ProtocolError,
  readPrimaryMessage,
  readSubgraphMessage,
  readWorkerMessage,
} from '../../../src/supervisor/protocol.ts';
import { createTestSource } from '../../kit/usage.ts';

const snapshot = signSnapshot(
  buildSnapshot({
    supergraphSdl: 'type Query { a: Int }',
    apiSdl: 'type Query { a: Int }',
    routingUrls: {},
    documents: [],
    keys: [],
    settings: defaultGatewaySettings(),
    open: false,
  }),
  generateKeyPairSync('ed25519').privateKey,
);

test('messages of the protocol come out as they went in, over JSON', () => {
  const secrets = {
    keyPeppers: ['p'],
    sealingKeys: ['s'],
    signingKey: { kty: 'OKP', crv: 'Ed25519', x: 'x', d: 'd' },
  };
  for (const message of [
    {
      type: 'start',
      snapshot,
      secrets,
      snapshotKey: 'PEM',
      listener: { host: '127.0.0.1', port: 4000 },
      generation: 'g',
    },
    { type: 'reload', snapshot },
    { type: 'warm-up' },
    { type: 'drain' },
    { type: 'usage-taken', sequence: 3 },
    {
      type: 'usage-answer',
      requestId: 3,
      days: [{ day: '2026-11-22', points: 5, operations: 2, throttled: 0 }],
    },
    { type: 'usage-answer', requestId: 4, days: null },
    { type: 'report', requestId: 7 },
  ]) {
    assert.deepEqual(readPrimaryMessage(JSON.parse(JSON.stringify(message))), message);
  }
  for (const message of [
    { type: 'ready', snapshotId: 'a', port: 4000 },
    {
      type: 'usage-query',
      requestId: 3,
      query: { accountId: 'acc_1', keyId: null, fromDay: '2026-11-01' },
    },
    { type: 'failed', code: 'SUPERGRAPH_INVALID', message: 'no' },
    { type: 'reloaded', snapshotId: 'a' },
    { type: 'usage', batch: createTestSource()([{ atMs: 5, document: '{ a }', points: 1 }]) },
    { type: 'reload-failed', snapshotId: 'a', message: 'no' },
    { type: 'report', requestId: 7, metrics: [], rssBytes: 1 },
  ]) {
    assert.deepEqual(readWorkerMessage(JSON.parse(JSON.stringify(message))), message);
  }
  const listening = { type: 'listening', port: 4201, url: 'http://127.0.0.1:4201/graphql' };
  assert.deepEqual(readSubgraphMessage(listening), listening);
});

test('messages of another form are refused with what was expected', () => {
  const wrong: [(message: unknown) => unknown, unknown, RegExp][] = [
    [readPrimaryMessage, { type: 'stop' }, /type/],
    [readPrimaryMessage, { type: 'reload', snapshot: { ...snapshot, id: 5 } }, /snapshot\.id/],
    [readPrimaryMessage, { type: 'start', snapshot }, /secrets/],
    [readWorkerMessage, { type: 'failed', code: 'NO_SUCH_CODE', message: '' }, /a code of the registry/],
    [readWorkerMessage, { type: 'ready', snapshotId: 'a', port: '4000' }, /port/],
    [readSubgraphMessage, { type: 'listening', port: 0, url: 'http://a/' }, /port/],
    [readSubgraphMessage, 'listening', /object/],
  ];
  for (const [read, message, expected] of wrong) {
    assert.throws(
      () => read(message),
      (error: unknown) => error instanceof ProtocolError && expected.test(error.message),
      JSON.stringify(message),
    );
  }
});
