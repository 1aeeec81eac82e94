import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LookupLane } from '../../../src/batching/lookup-lane.ts';
import type { Lookup } from '../../../src/batching/merge-lookups.ts';
import { SubgraphError } from '../../../src/errors/errors.ts';
import type { CancelSignal } from '../../../src/lib/cancellation.ts';
import { SubgraphCallError } from '../../../src/transport/subgraph-call-error.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createLookup } from '../../kit/lookup.ts';

interface Sent {
  /** The ids of each list of representations, in their order. */
  readonly ids: readonly (readonly string[])[];
  readonly signal: CancelSignal;
  /** Answers each entity with its id, or as a test says. */
  answer(response?: SubgraphResponse): void;
  fail(error: Error): void;
}

/** A lane whose requests a test answers. */
function createLane(
  options: { maxRepresentations?: number; windowMs?: number; takeRetries?: (count: number) => boolean } = {},
) {
  const sent: Sent[] = [];
  const arrivals: (() => void)[] = [];
  const carried: number[] = [];
  const lane = new LookupLane({
    subgraph: 'price',
    maxRepresentations: options.maxRepresentations ?? 100,
    windowMs: options.windowMs ?? 60_000,
    onRequest: (lookups) => carried.push(lookups),
    ...(options.takeRetries === undefined ? {} : { takeRetries: options.takeRetries }),
    send(body, signal) {
      const { promise, resolve, reject } = Promise.withResolvers<SubgraphResponse>();
      signal.addEventListener('abort', () => reject(signal.reason));
      const lists = Object.entries(JSON.parse(body).variables as Record<string, { id: string }[]>);
      sent.push({
        ids: lists.map(([, list]) => list.map(({ id }) => id)),
        signal,
        fail: reject,
        answer: (response) => resolve(response ?? { data: Object.fromEntries(lists.map(named)), errors: [] }),
      });
      for (const arrive of arrivals.splice(0)) arrive();
      return promise;
    },
  });
  return {
    sent,
    carried,
    load: (lookup: Lookup, signal = new AbortController().signal) => lane.load(lookup, signal),
    /** The request with this number, once it is sent. */
    async request(number: number): Promise<Sent> {
      while (sent.length <= number) await new Promise<void>((resolve) => arrivals.push(resolve));
      return sent[number] as Sent;
    },
  };
}

/** A list of representations as the field that answers it. */
function named([variable, list]: [string, { id: string }[]]): [string, unknown] {
  const name = variable === 'representations' ? '_entities' : variable.replace('_r', 'e');
  return [name, list.map(({ id }) => ({ id }))];
}

const entities = (...ids: string[]) => ({ data: { _entities: ids.map((id) => ({ id })) }, errors: [] });

test('an idle lane sends at once, whatever its window', async () => {
  const lane = createLane();
  const loading = lane.load(createLookup(['a']));
  (await lane.request(0)).answer();
  assert.deepEqual(await loading, entities('a'));
});

test('look-ups of one turn travel together, each entity once', async () => {
  const lane = createLane();
  const loading = Promise.all([
    lane.load(createLookup(['a', 'b'])),
    lane.load(createLookup(['b', 'c'])),
    lane.load(createLookup(['a'], 'name')),
  ]);
  const request = await lane.request(0);
  assert.deepEqual(request.ids, [['a', 'b', 'c'], ['a']]);
  request.answer();
  assert.deepEqual(await loading, [entities('a', 'b'), entities('b', 'c'), entities('a')]);
  assert.deepEqual(lane.carried, [3]);
});

test('while a request is under way look-ups gather; they go when it is back', async () => {
  const lane = createLane();
  const first = lane.load(createLookup(['a']));
  const request = await lane.request(0);
  const second = lane.load(createLookup(['b']));
  await new Promise((resolve) => setImmediate(resolve));
  const third = lane.load(createLookup(['c']));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lane.sent.length, 1);
  request.answer();
  await first;
  const gathered = await lane.request(1);
  assert.deepEqual(gathered.ids, [['b', 'c']]);
  gathered.answer();
  assert.deepEqual(await Promise.all([second, third]), [entities('b'), entities('c')]);
});

test('they do not wait longer than the window', async () => {
  const lane = createLane({ windowMs: 1 });
  void lane.load(createLookup(['a']));
  await lane.request(0);
  const second = lane.load(createLookup(['b']));
  (await lane.request(1)).answer();
  assert.deepEqual(await second, entities('b'));
});

test('without a window nobody waits for a request that is under way', async () => {
  const lane = createLane({ windowMs: 0 });
  void lane.load(createLookup(['a']));
  await lane.request(0);
  void lane.load(createLookup(['b']));
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lane.sent.length, 2);
});

test('a batch is cut at the maximum, and each part answers its own', async () => {
  const lane = createLane({ maxRepresentations: 2 });
  const loading = Promise.all([
    lane.load(createLookup(['a', 'b'])),
    lane.load(createLookup(['c', 'd', 'e'])),
    lane.load(createLookup(['f'])),
  ]);
  for (const number of [2, 1, 0]) (await lane.request(number)).answer();
  assert.deepEqual(
    lane.sent.map(({ ids }) => ids.flat().length),
    [2, 3, 1],
  );
  assert.deepEqual(await loading, [entities('a', 'b'), entities('c', 'd', 'e'), entities('f')]);
});

test('a merged request that fails is tried again look-up by look-up', async () => {
  const lane = createLane();
  const settled = Promise.allSettled([lane.load(createLookup(['a'])), lane.load(createLookup(['b']))]);
  (await lane.request(0)).fail(new SubgraphError('SUBGRAPH_ERROR', 'price'));
  (await lane.request(1)).answer();
  (await lane.request(2)).fail(new SubgraphError('SUBGRAPH_TIMEOUT', 'price'));
  const [first, second] = await settled;
  assert.deepEqual(first, { status: 'fulfilled', value: entities('a') });
  assert.equal((second as PromiseRejectedResult).reason.code, 'SUBGRAPH_TIMEOUT');
  assert.deepEqual(
    lane.sent.map(({ ids }) => ids),
    [[['a', 'b']], [['a']], [['b']]],
  );
});

const callError = (code: 'SUBGRAPH_TIMEOUT' | 'SUBGRAPH_UNAVAILABLE') =>
  new SubgraphCallError(code, 'price', 'http://price', { message: code, isAnswered: false, isFault: true });

for (const code of ['SUBGRAPH_TIMEOUT', 'SUBGRAPH_UNAVAILABLE'] as const) {
  test(`one that ends with ${code} is tried singly where the budget allows it`, async () => {
    const asked: number[] = [];
    const lane = createLane({ takeRetries: (count) => asked.push(count) === 1 });
    const load = () => Promise.allSettled([lane.load(createLookup(['a'])), lane.load(createLookup(['b']))]);
    const allowed = load();
    (await lane.request(0)).fail(callError(code));
    (await lane.request(1)).answer();
    (await lane.request(2)).fail(callError(code));
    assert.deepEqual(
      (await allowed).map(({ status }) => status),
      ['fulfilled', 'rejected'],
    );
    const refused = load();
    (await lane.request(3)).fail(callError(code));
    for (const result of await refused) assert.equal((result as PromiseRejectedResult).reason.code, code);
    assert.equal(lane.sent.length, 4);
    assert.deepEqual(asked, [2, 2]);
  });

  test(`a call that was never made, with ${code}, is not made singly either`, async () => {
    const lane = createLane({ takeRetries: () => assert.fail('nothing was called') });
    const settled = Promise.allSettled([lane.load(createLookup(['a'])), lane.load(createLookup(['b']))]);
    (await lane.request(0)).fail(new SubgraphError(code, 'price'));
    for (const result of await settled) assert.equal((result as PromiseRejectedResult).reason.code, code);
    assert.equal(lane.sent.length, 1);
  });
}

test('so is one that brings no data', async () => {
  const lane = createLane();
  const loading = Promise.all([lane.load(createLookup(['a'])), lane.load(createLookup(['b']))]);
  (await lane.request(0)).answer({ data: null, errors: [{ message: 'one of them' }] });
  (await lane.request(1)).answer();
  (await lane.request(2)).answer();
  assert.deepEqual(await loading, [entities('a'), entities('b')]);
});

test('one look-up that fails is not tried again', async () => {
  const lane = createLane();
  const loading = lane.load(createLookup(['a']));
  (await lane.request(0)).fail(new SubgraphError('SUBGRAPH_ERROR', 'price'));
  await assert.rejects(loading, { code: 'SUBGRAPH_ERROR' });
  assert.equal(lane.sent.length, 1);
});

for (const position of [0, 1, 2]) {
  test(`one who left while waiting is not asked for, and takes nothing from the others (place ${position})`, async () => {
    const lane = createLane();
    void lane.load(createLookup(['first']));
    const first = await lane.request(0);
    const leaver = new AbortController();
    const loading = Promise.allSettled(
      ['a', 'b', 'c'].map((id, index) =>
        lane.load(createLookup([id]), index === position ? leaver.signal : undefined),
      ),
    );
    await new Promise((resolve) => setImmediate(resolve));
    leaver.abort(new Error('had to go'));
    first.answer();
    const request = await lane.request(1);
    assert.deepEqual(request.ids, [['a', 'b', 'c'].toSpliced(position, 1)]);
    request.answer();
    const results = await loading;
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? 'answered' : result.reason.message)),
      ['answered', 'answered', 'answered'].with(position, 'had to go'),
    );
  });

  test(`a request that fails after one left is tried for the others alone (place ${position})`, async () => {
    const lane = createLane();
    const leaver = new AbortController();
    const loading = Promise.allSettled(
      ['a', 'b', 'c'].map((id, index) =>
        lane.load(createLookup([id]), index === position ? leaver.signal : undefined),
      ),
    );
    const request = await lane.request(0);
    leaver.abort(new Error('had to go'));
    assert.equal(request.signal.aborted, false);
    request.fail(new SubgraphError('SUBGRAPH_ERROR', 'price'));
    (await lane.request(1)).answer();
    (await lane.request(2)).answer();
    const results = await loading;
    assert.deepEqual(
      results.map((result) => (result.status === 'fulfilled' ? 'answered' : result.reason.message)),
      ['answered', 'answered', 'answered'].with(position, 'had to go'),
    );
    assert.equal(lane.sent.length, 3);
  });
}

test('when the last one has left the request ends, and the lane serves on', async () => {
  const lane = createLane();
  const leavers = [new AbortController(), new AbortController()];
  const settled = Promise.allSettled(
    leavers.map(({ signal }, index) => lane.load(createLookup([`${index}`]), signal)),
  );
  const request = await lane.request(0);
  leavers[0]?.abort(new Error('one'));
  assert.equal(request.signal.aborted, false);
  leavers[1]?.abort(new Error('two'));
  assert.equal(request.signal.aborted, true);
  await settled;
  const next = lane.load(createLookup(['a']));
  (await lane.request(1)).answer();
  assert.deepEqual(await next, entities('a'));
  assert.equal(lane.sent.length, 2);
});

test('when everybody left while waiting nothing is sent', async () => {
  const lane = createLane();
  const first = lane.load(createLookup(['first']));
  const request = await lane.request(0);
  const leaver = new AbortController();
  const left = lane.load(createLookup(['a']), leaver.signal);
  await new Promise((resolve) => setImmediate(resolve));
  leaver.abort(new Error('had to go'));
  await assert.rejects(left, { message: 'had to go' });
  request.answer();
  await first;
  await new Promise((resolve) => setImmediate(resolve));
  assert.equal(lane.sent.length, 1);
});

test('200 look-ups on one signal warn of no listeners', async () => {
  const warnings: Error[] = [];
  const onWarning = (warning: Error) => warnings.push(warning);
  process.on('warning', onWarning);
  const lane = createLane({ maxRepresentations: 1_000 });
  const { signal } = new AbortController();
  const loading = Array.from({ length: 200 }, (_, index) => lane.load(createLookup([`${index}`]), signal));
  (await lane.request(0)).answer();
  await Promise.all(loading);
  await new Promise((resolve) => setImmediate(resolve));
  process.off('warning', onWarning);
  assert.deepEqual(warnings, []);
  assert.deepEqual(lane.carried, [200]);
});
