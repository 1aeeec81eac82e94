import assert from 'node:assert/strict';
import { mock, test } from 'node:test';
import type { Code } from '../../../src/errors/codes.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { withBreaker } from '../../../src/transport/breaker.ts';
import { SubgraphCallError } from '../../../src/transport/subgraph-call-error.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createFakeSubgraphClient, createTestRequest } from '../../kit/fake-subgraph-client.ts';

const OPTIONS = { failureShare: 0.5, minimumCalls: 4, windowMs: 10_000, slowMs: 100, openMs: 1_000 };
const ok: SubgraphResponse = { data: {}, errors: [] };
const failure = (code: Code, isFault: boolean, isAnswered = false) =>
  new SubgraphCallError(code, 'fake', 'http://a', { message: 'test', isFault, isAnswered });
const away = () => failure('SUBGRAPH_UNAVAILABLE', true);

function createWorld() {
  let nowMs = 0;
  let answer: () => SubgraphResponse | Promise<SubgraphResponse> = () => ok;
  const inner = createFakeSubgraphClient(() => answer());
  const metrics = createMetrics();
  const client = withBreaker(inner, { ...OPTIONS, metrics, now: () => nowMs });
  return {
    inner,
    answerWith(next: typeof answer) {
      answer = next;
    },
    pass: (ms: number) => (nowMs += ms),
    send: () =>
      client.send(createTestRequest()).then(
        () => 'ok',
        (error: SubgraphCallError) => error.message,
      ),
    state: async () => (await metrics.subgraphBreakerState.get()).values[0]?.value,
  };
}

const fail = (error: () => Error) => () => {
  throw error();
};

test('opens when half of at least 4 calls failed, not before, and then calls no more', async () => {
  const { inner, send, answerWith, state } = createWorld();
  await send();
  await send();
  answerWith(fail(away));
  await send();
  assert.equal(await state(), 0);
  await send();
  assert.equal(await state(), 2);
  assert.equal(await send(), 'the breaker is open');
  assert.equal(inner.requests.length, 4);
});

test('stays closed below the share and below the number of calls', async () => {
  const { send, answerWith, state } = createWorld();
  for (let call = 0; call < 4; call += 1) await send();
  answerWith(fail(away));
  for (let call = 0; call < 3; call += 1) await send();
  assert.equal(await state(), 0);
  await send();
  assert.equal(await state(), 2);
});

test('slow answers reach their callers and count as failures', async () => {
  const { send, answerWith, pass, state } = createWorld();
  const afterMs = (ms: number) => () => {
    pass(ms);
    return ok;
  };
  answerWith(afterMs(100));
  for (let call = 0; call < 4; call += 1) assert.equal(await send(), 'ok');
  assert.equal(await state(), 0);
  answerWith(afterMs(101));
  for (let call = 0; call < 4; call += 1) assert.equal(await send(), 'ok');
  assert.equal(await state(), 2);
});

test('what does not speak against the subgraph does not open it', async () => {
  const { send, answerWith, state } = createWorld();
  answerWith(fail(() => failure('SUBGRAPH_RESPONSE_TOO_LARGE', false, true)));
  for (let call = 0; call < 20; call += 1) await send();
  answerWith(fail(() => failure('SUBGRAPH_UNAVAILABLE', false)));
  for (let call = 0; call < 20; call += 1) await send();
  assert.equal(await state(), 0);
});

test('tries one call after its time, refuses the others meanwhile, and closes when that one is answered', async () => {
  mock.timers.enable({ apis: ['Date'] });
  try {
    const { inner, send, answerWith, state } = createWorld();
    answerWith(fail(away));
    for (let call = 0; call < 4; call += 1) await send();
    mock.timers.tick(OPTIONS.openMs - 1);
    assert.equal(await send(), 'the breaker is open');
    mock.timers.tick(1);
    const { promise, resolve } = Promise.withResolvers<SubgraphResponse>();
    answerWith(() => promise);
    const trial = send();
    assert.equal(await state(), 1);
    assert.equal(await send(), 'the breaker is open');
    assert.equal(inner.requests.length, 5);
    resolve(ok);
    assert.equal(await trial, 'ok');
    assert.equal(await state(), 0);
    answerWith(() => ok);
    assert.equal(await send(), 'ok');
  } finally {
    mock.timers.reset();
  }
});

test('a trial whose caller left opens it again: nothing was learnt', async () => {
  mock.timers.enable({ apis: ['Date'] });
  try {
    const { send, answerWith, state } = createWorld();
    answerWith(fail(away));
    for (let call = 0; call < 4; call += 1) await send();
    mock.timers.tick(OPTIONS.openMs);
    answerWith(fail(() => failure('SUBGRAPH_UNAVAILABLE', false)));
    await send();
    assert.equal(await state(), 2);
  } finally {
    mock.timers.reset();
  }
});
