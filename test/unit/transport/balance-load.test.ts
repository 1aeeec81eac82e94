import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { balanceLoad } from '../../../src/transport/balance-load.ts';
import { SubgraphCallError } from '../../../src/transport/subgraph-call-error.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createFakeSubgraphClient, createTestRequest } from '../../kit/fake-subgraph-client.ts';

const OPTIONS = { failures: 2, baseMs: 1_000, maxMs: 3_000 };
const ok: SubgraphResponse = { data: {}, errors: [] };

function createWorld(urls: readonly string[]) {
  let nowMs = 0;
  const broken = new Set<string>();
  const errorAt = (url: string, isFault = true) =>
    new SubgraphCallError('SUBGRAPH_UNAVAILABLE', 'fake', url, { message: url, isAnswered: false, isFault });
  const endpoints = urls.map((url) => ({
    url,
    client: createFakeSubgraphClient(() => {
      if (broken.has(url)) throw errorAt(url);
      return ok;
    }),
  }));
  const metrics = createMetrics();
  const client = balanceLoad(endpoints, { ...OPTIONS, metrics, now: () => nowMs });
  return {
    client,
    broken,
    endpoints,
    errorAt,
    pass: (ms: number) => (nowMs += ms),
    async send(times: number) {
      for (let call = 0; call < times; call += 1) await client.send(createTestRequest()).catch(() => {});
    },
    /** How many calls each URL got since this was asked last. */
    counts: () => endpoints.map((endpoint) => endpoint.client.requests.splice(0).length),
    ejections: async () => (await metrics.subgraphEjections.get()).values[0]?.value ?? 0,
  };
}

test('takes the URLs in turns', async () => {
  const { send, counts } = createWorld(['a', 'b', 'c']);
  await send(9);
  assert.deepEqual(counts(), [3, 3, 3]);
});

test('a URL with calls under way gets fewer new ones', async () => {
  const { promise, resolve } = Promise.withResolvers<SubgraphResponse>();
  const slow = createFakeSubgraphClient(() => promise);
  const fast = createFakeSubgraphClient(() => ok);
  const client = balanceLoad(
    [
      { url: 'slow', client: slow },
      { url: 'fast', client: fast },
    ],
    { ...OPTIONS, metrics: createMetrics() },
  );
  const first = client.send(createTestRequest());
  const second = client.send(createTestRequest());
  for (let call = 0; call < 10; call += 1) await client.send(createTestRequest());
  assert.deepEqual([slow.requests.length, fast.requests.length], [1, 11]);
  resolve(ok);
  await Promise.all([first, second]);
});

test('a URL is left out after 2 failures in a row, comes back, and stays out twice as long up to the most', async () => {
  const { send, counts, broken, pass, ejections } = createWorld(['a', 'b']);
  broken.add('b');
  await send(2);
  assert.equal(await ejections(), 0);
  await send(10);
  assert.deepEqual(counts(), [10, 2]);
  for (const outMs of [1_000, 2_000, 3_000, 3_000]) {
    pass(outMs - 1);
    await send(10);
    assert.deepEqual(counts(), [10, 0]);
    pass(1);
    await send(10);
    assert.equal(counts()[1], 1);
  }
  assert.equal(await ejections(), 5);
});

test('a URL that serves well again for as long as it was out starts from the shortest time', async () => {
  const { send, counts, broken, pass } = createWorld(['a', 'b']);
  broken.add('b');
  await send(4);
  pass(1_000);
  await send(2);
  broken.clear();
  pass(2_000 + 2_000);
  await send(4);
  broken.add('b');
  await send(4);
  counts();
  pass(1_000);
  await send(4);
  assert.equal(counts()[1], 1);
});

test('the last URL in use is never left out', async () => {
  const { send, counts, broken, ejections } = createWorld(['a', 'b', 'c']);
  for (const url of ['a', 'b', 'c']) broken.add(url);
  await send(30);
  assert.equal(await ejections(), 2);
  assert.equal(
    counts().reduce((sum, count) => sum + count),
    30,
  );
});

test('a failure that is not the fault of a URL does not count', async () => {
  const client = createFakeSubgraphClient(() => {
    throw new SubgraphCallError('SUBGRAPH_RESPONSE_TOO_LARGE', 'fake', 'b', {
      message: 'large',
      isAnswered: true,
      isFault: false,
    });
  });
  const metrics = createMetrics();
  const balanced = balanceLoad(
    [
      { url: 'a', client },
      { url: 'b', client },
    ],
    { ...OPTIONS, metrics },
  );
  for (let call = 0; call < 10; call += 1) await assert.rejects(balanced.send(createTestRequest()));
  assert.deepEqual((await metrics.subgraphEjections.get()).values, []);
});

test('a retry goes to another URL', async () => {
  const { client, endpoints, errorAt } = createWorld(['a', 'b']);
  for (let call = 0; call < 5; call += 1) await client.send(createTestRequest({ retryOf: errorAt('a') }));
  assert.deepEqual(
    endpoints.map((endpoint) => endpoint.client.requests.length),
    [0, 5],
  );
});
