import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createSharedClients } from '../../../src/transport/shared-clients.ts';

const OPTIONS = {
  subgraph: 'price',
  url: 'http://127.0.0.1:1/graphql',
  timeoutMs: 1_000,
  responseLimitBytes: 1_000,
  responseDepth: 10,
  connections: 1,
  pipelining: 1,
  allowH2: false,
};

function createWorld() {
  const events: string[] = [];
  const shared = createSharedClients(({ subgraph, url }) => {
    events.push(`open ${url}`);
    return {
      subgraph,
      send: async () => ({ data: { url }, errors: [] }),
      close: async () => void events.push(`close ${url}`),
    };
  });
  return { shared, events };
}

test('equal options share one client, which the last one to give it back closes', async () => {
  const { shared, events } = createWorld();
  const [old, next] = [shared.borrow(), shared.borrow()];
  const first = old.acquire(OPTIONS);
  const second = next.acquire({ ...OPTIONS });
  assert.deepEqual(events, [`open ${OPTIONS.url}`]);
  await first.close();
  await first.close();
  await old.close();
  assert.equal(events.length, 1, 'given back twice and thrice, it counts once');
  const request = { operationKind: 'query', body: '{}', headers: {}, signal: new AbortController().signal };
  assert.deepEqual((await second.send(request as never)).data, { url: OPTIONS.url });
  await next.close();
  assert.deepEqual(events, [`open ${OPTIONS.url}`, `close ${OPTIONS.url}`]);
  shared.borrow().acquire(OPTIONS);
  assert.equal(events.length, 3, 'what was closed is opened anew');
});

test('other options are another client', () => {
  const { shared, events } = createWorld();
  const loan = shared.borrow();
  loan.acquire(OPTIONS);
  loan.acquire({ ...OPTIONS, timeoutMs: 2_000 });
  loan.acquire({ ...OPTIONS, egress: { allowedHosts: [] } as never });
  assert.equal(events.length, 3);
});
