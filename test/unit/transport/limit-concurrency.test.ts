import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SubgraphError } from '../../../src/errors/errors.ts';
import { DeadlineExceeded } from '../../../src/transport/deadline.ts';
import { withConcurrencyLimit } from '../../../src/transport/limit-concurrency.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createFakeSubgraphClient, createTestRequest } from '../../kit/fake-subgraph-client.ts';

function createWorld(limits: { calls: number; queuedCalls: number }) {
  const ends: (() => void)[] = [];
  const inner = createFakeSubgraphClient(
    () => new Promise<SubgraphResponse>((resolve) => ends.push(() => resolve({ data: {}, errors: [] }))),
  );
  const client = withConcurrencyLimit(inner, limits);
  const send = (query: string, signal = new AbortController().signal) =>
    client.send(createTestRequest({ body: query, signal })).then(
      () => 'ok',
      ({ code }: SubgraphError) => code,
    );
  const queries = () => inner.requests.map(({ body }) => body);
  return { ends, send, queries };
}

test('two calls are under way, one waits, the next is refused at once', async () => {
  const { ends, send, queries } = createWorld({ calls: 2, queuedCalls: 1 });
  const a = send('a');
  const b = send('b');
  const c = send('c');
  assert.equal(await send('d'), 'SUBGRAPH_UNAVAILABLE');
  assert.deepEqual(queries(), ['a', 'b']);
  ends[0]?.();
  assert.equal(await a, 'ok');
  assert.deepEqual(queries(), ['a', 'b', 'c']);
  ends[1]?.();
  ends[2]?.();
  assert.deepEqual(await Promise.all([b, c]), ['ok', 'ok']);
});

test('whoever leaves the queue gives the place back, and is never sent', async () => {
  const { ends, send, queries } = createWorld({ calls: 1, queuedCalls: 1 });
  const leaver = new AbortController();
  const a = send('a');
  const b = send('b', leaver.signal);
  leaver.abort();
  assert.equal(await b, 'SUBGRAPH_UNAVAILABLE');
  const c = send('c');
  ends[0]?.();
  await a;
  ends[1]?.();
  assert.equal(await c, 'ok');
  assert.deepEqual(queries(), ['a', 'c']);
});

test('whose time runs out in the queue is told so', async () => {
  const { send } = createWorld({ calls: 1, queuedCalls: 1 });
  const deadline = new AbortController();
  void send('a');
  const b = send('b', deadline.signal);
  deadline.abort(new DeadlineExceeded('call', 10));
  assert.equal(await b, 'SUBGRAPH_TIMEOUT');
});
