import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { withRetry } from '../../../src/transport/retry.ts';
import { createRetryBudget } from '../../../src/transport/retry-budget.ts';
import { SubgraphCallError } from '../../../src/transport/subgraph-call-error.ts';
import { createFakeSubgraphClient, createTestRequest } from '../../kit/fake-subgraph-client.ts';

const reset = (isAnswered = false) =>
  new SubgraphCallError('SUBGRAPH_UNAVAILABLE', 'fake', 'http://a', {
    message: 'reset',
    isAnswered,
    isFault: true,
  });

const BUDGET = { share: 0.1, minimum: 1, windowMs: 10_000 };

function failing(error: () => Error, budget = BUDGET) {
  let nowMs = 0;
  const inner = createFakeSubgraphClient((request) => {
    if (request.retryOf === undefined) throw error();
    return { data: {}, errors: [] };
  });
  const metrics = createMetrics();
  const client = withRetry(inner, {
    budget: createRetryBudget({ ...budget, now: () => nowMs }),
    metrics,
  });
  const send = async (kind: 'query' | 'mutation' = 'query', signal = new AbortController().signal) =>
    client.send(createTestRequest({ operationKind: kind, signal })).then(
      () => true,
      () => false,
    );
  return { inner, metrics, send, pass: (ms: number) => (nowMs += ms) };
}

test('a query that failed before an answer is sent once more, as a retry of that failure', async () => {
  const { inner, send, metrics } = failing(() => reset());
  assert.equal(await send(), true);
  assert.equal(inner.requests.length, 2);
  assert.equal(inner.requests[1]?.retryOf?.url, 'http://a');
  const { values } = await metrics.subgraphRetries.get();
  assert.deepEqual(
    values.map(({ value, labels }) => [value, labels.subgraph]),
    [[1, 'fake']],
  );
});

test('a mutation is never sent twice', async () => {
  const { inner, send } = failing(() => reset());
  assert.equal(await send('mutation'), false);
  assert.equal(inner.requests.length, 1);
});

test('nothing is sent twice once a byte of an answer came, or the caller left', async () => {
  const answered = failing(() => reset(true));
  assert.equal(await answered.send(), false);
  assert.equal(answered.inner.requests.length, 1);
  const left = failing(() => reset());
  assert.equal(await left.send('query', AbortSignal.abort()), false);
  assert.equal(left.inner.requests.length, 1);
});

test('100 calls that all fail make 10 retries, and the budget comes back with time', async () => {
  const { inner, send, pass } = failing(() => reset());
  for (let call = 0; call < 100; call += 1) await send();
  assert.equal(inner.requests.length, 110);
  pass(20_000);
  assert.equal(await send(), true);
  assert.equal(await send(), false);
});

test('a share of 0 means no retries', async () => {
  const { inner, send } = failing(() => reset(), { ...BUDGET, share: 0 });
  assert.equal(await send(), false);
  assert.equal(inner.requests.length, 1);
});
