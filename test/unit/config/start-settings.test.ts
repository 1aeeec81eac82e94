import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gatewaySettings } from '../../../src/config/gateway-settings.ts';
import { changedStartSettings } from '../../../src/config/start-settings.ts';

const settings = (given: object) => gatewaySettings.parse(given);

test('what belongs to a process, a socket or a store is named, and nothing else', () => {
  const before = settings({});
  const after = settings({
    server: {
      port: 1,
      workers: 2,
      cors: { origins: ['https://app.example'] },
      sandbox: false,
      operationTimeoutMs: 99,
    },
    control: { pollMs: 100 },
    budgets: { mode: 'measure', machines: 2 },
    documents: { mode: 'ids', automatic: { bytes: 2_048, enabled: false } },
    limits: { depth: 3 },
  });
  assert.deepEqual(changedStartSettings(before, after), [
    'server.port',
    'server.workers',
    'server.cors.origins',
    'control.pollMs',
    'documents.automatic.bytes',
    'budgets.machines',
  ]);
  assert.deepEqual(changedStartSettings(before, settings({ limits: { depth: 3 } })), []);
});
