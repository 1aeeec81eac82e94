import assert from 'node:assert/strict';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { test } from 'node:test';
import { bindListener } from '../../../src/supervisor/bind-listener.ts';

test('binds any free port without listening on it', async () => {
  const listener = await bindListener('127.0.0.1', 0, 'public listener');
  assert.ok(listener.port > 0);
  // Nobody listens: a connection is refused, not queued.
  await assert.rejects(fetch(`http://127.0.0.1:${listener.port}/`));
  listener.close();
});

test('a taken port and an unknown address are told by purpose', async () => {
  const taken = createServer();
  await new Promise<void>((resolve) => taken.listen(0, '127.0.0.1', resolve));
  const { port } = taken.address() as AddressInfo;
  await assert.rejects(bindListener('127.0.0.1', port, 'public listener'), {
    code: 'PORT_TAKEN',
    message: `Port ${port} is taken: the public listener cannot listen there.`,
  });
  taken.close();
  await assert.rejects(bindListener('192.0.2.1', 0, 'public listener'), {
    code: 'START_FAILED',
    message: /cannot listen on 192\.0\.2\.1:0: .*EADDRNOTAVAIL/,
  });
});
