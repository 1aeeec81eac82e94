import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OperationTypeNode } from 'graphql';
import { createFetcherFactory, type SubgraphCall } from '../../../src/batching/create-fetcher.ts';
import { WriteEpoch } from '../../../src/batching/write-epoch.ts';
import { sharingSettings } from '../../../src/config/sharing-settings.ts';
import type { Caller } from '../../../src/context.ts';
import { createMetrics } from '../../../src/observability/metrics.ts';
import { DeadlineExceeded } from '../../../src/transport/deadline.ts';
import type { Audience, FetchCall } from '../../../src/transport/fetch-call.ts';
import { createRetryBudget } from '../../../src/transport/retry-budget.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createLookup } from '../../kit/lookup.ts';

const { QUERY, MUTATION } = OperationTypeNode;

const caller = (userId: string, tier: Caller['tier'] = 'FREE', scopes: readonly string[] = []): Caller => ({
  tier,
  scopes: new Set(scopes),
  accountId: 'account',
  userId,
});

/** Fetchers whose calls a test answers. */
function createWorld(sharing: Record<string, unknown> = {}) {
  const calls: (SubgraphCall & PromiseWithResolvers<SubgraphResponse>)[] = [];
  const writes = new WriteEpoch();
  const createFetcher = createFetcherFactory({
    sharing: sharingSettings.parse(sharing),
    writes,
    retryBudgetOf: () => createRetryBudget({ share: 0.1, minimum: 1, windowMs: 10_000 }),
    metrics: createMetrics(),
    send(call) {
      const answer = Promise.withResolvers<SubgraphResponse>();
      call.signal.addEventListener('abort', () => answer.reject(call.signal.reason));
      calls.push({ ...call, ...answer });
      return answer.promise;
    },
  });
  return {
    calls,
    writes,
    ask: (
      who: Caller,
      call: FetchCall,
      type: OperationTypeNode = QUERY,
      signal = new AbortController().signal,
    ) => createFetcher({ caller: who, requestId: 'request', signal }, type)(call),
  };
}

/** A fetch of root fields. */
function rootFetch(audience: Audience, operationKind: 'query' | 'mutation' = 'query'): FetchCall {
  const { fetch } = createLookup([]);
  return {
    fetch: {
      ...fetch,
      audience,
      operationKind,
      entities: undefined,
      bodyPrefix: '{"query":"{a}","variables":{',
    },
    variables: '',
    representations: undefined,
  };
}

const nextTurn = () => new Promise((resolve) => setImmediate(resolve));

test('a thousand callers of one tier meet in one lane, those of another tier in another', async () => {
  const world = createWorld();
  const tiers = ['FREE', 'PRO'] as const;
  for (let index = 0; index < 1_000; index += 1) {
    void world.ask(
      caller(`user ${index}`, tiers[index % 2], [`scope ${index}`]),
      createLookup([`t${index % 10}`]),
    );
  }
  await nextTurn();
  assert.deepEqual(
    world.calls.map((call) => call.caller),
    tiers.map((tier) => ({ tier, scopes: new Set() })),
  );
  for (const { body } of world.calls) assert.equal(JSON.parse(body).variables._r0.length, 5);
});

test('equal fetches of one caller are one call while it is under way, of other callers and rights never', async () => {
  const world = createWorld();
  const fetch = rootFetch('caller');
  const same = [world.ask(caller('ada'), fetch), world.ask(caller('ada'), fetch)];
  void world.ask(caller('bob'), fetch);
  void world.ask(caller('ada', 'PRO'), fetch);
  void world.ask(caller('ada', 'FREE', ['write']), fetch);
  void world.ask({ tier: 'FREE', scopes: new Set() }, fetch);
  assert.equal(world.calls.length, 5);
  const answer = { data: { a: 1 }, errors: [] };
  world.calls[0]?.resolve(answer);
  assert.deepEqual(await Promise.all(same), [answer, answer]);
  void world.ask(caller('ada'), fetch);
  assert.equal(world.calls.length, 6);
});

test('the order in which scopes were granted makes no other caller', () => {
  const world = createWorld();
  void world.ask(caller('ada', 'FREE', ['read', 'write']), rootFetch('caller'));
  void world.ask(caller('ada', 'FREE', ['write', 'read']), rootFetch('caller'));
  assert.equal(world.calls.length, 1);
});

test('names that are made of other names’ parts are never taken for one another', () => {
  const world = createWorld();
  const odd = (accountId: string, userId: string): Caller => ({ ...caller(userId), accountId });
  void world.ask(odd('a', 'b","c'), rootFetch('caller'));
  void world.ask(odd('a","b', 'c'), rootFetch('caller'));
  void world.ask(odd('a\nb', 'c'), rootFetch('caller'));
  assert.equal(world.calls.length, 3);
});

test('a mutation joins nothing, and neither does what its operation asks afterwards', async () => {
  const world = createWorld();
  const who = caller('ada');
  for (const fetch of [rootFetch('public'), createLookup(['a'])]) {
    const before = world.calls.length;
    void world.ask(who, fetch);
    await nextTurn();
    void world.ask(who, fetch, MUTATION);
    void world.ask(who, fetch, MUTATION);
    await nextTurn();
    assert.equal(world.calls.length - before, 3);
  }
  const before = world.calls.length;
  void world.ask(who, rootFetch('caller', 'mutation'), MUTATION);
  void world.ask(who, rootFetch('caller', 'mutation'), MUTATION);
  assert.equal(world.calls.length - before, 2);
});

for (const [name, reason, code] of [
  ['its deadline', new DeadlineExceeded('operation', 10), 'SUBGRAPH_TIMEOUT'],
  ['its leaving', new Error('left'), 'SUBGRAPH_UNAVAILABLE'],
] as const) {
  test(`a caller that ends by ${name} is told ${code}, and the last one ends the call`, async () => {
    for (const fetch of [rootFetch('public'), createLookup(['a'])]) {
      const world = createWorld();
      const controllers = [new AbortController(), new AbortController()];
      const asking = controllers.map(({ signal }) => world.ask(caller('ada'), fetch, QUERY, signal));
      const settled = Promise.allSettled(asking);
      await nextTurn();
      assert.equal(world.calls.length, 1);
      controllers[0]?.abort(reason);
      assert.equal(world.calls[0]?.signal.aborted, false);
      controllers[1]?.abort(reason);
      assert.equal(world.calls[0]?.signal.aborted, true);
      for (const result of await settled) assert.equal((result as PromiseRejectedResult).reason.code, code);
    }
  });
}

test('what is asked after a mutation ended joins nothing that began before', async () => {
  const world = createWorld();
  const who = caller('ada');
  for (const fetch of [rootFetch('public'), rootFetch('caller')]) {
    const before = world.calls.length;
    void world.ask(who, fetch);
    world.writes.advance();
    void world.ask(who, fetch);
    void world.ask(who, fetch);
    assert.equal(world.calls.length - before, 2);
  }
});
