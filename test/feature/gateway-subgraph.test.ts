import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { describe, it } from 'node:test';
import type { UsageQuery } from '../../src/context.ts';
import { smallTier } from '../kit/budget-gateway.ts';
import { createGate } from '../kit/gate.ts';
import { createTestGateway, createTestKey, type TestGatewayOptions } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';

const OWN = {
  name: 'gateway',
  url: 'internal:gateway',
  sdl: readFileSync('schema/gateway.graphql', 'utf8'),
};
const key = createTestKey({ tier: 'FREE', accountId: 'acc_a' });
const by = { headers: { 'x-api-key': key.text } };
const TIER = 'operationPoints: 50, bucketPoints: 100, refillPerSecond: 10, monthPoints: 300';

/** A gateway over its own subgraph and another one with a field of 10 points. */
async function createWorld(options: Omit<TestGatewayOptions, 'subgraphs'> = {}, hold?: () => Promise<void>) {
  const subgraph = await createTestSubgraph({
    name: 'other',
    sdl: 'type Query { ten: Int @cost(weight: 10) }',
    resolvers: { Query: { ten: () => 10 } },
    ...(hold && { hold }),
  });
  const gateway = await createTestGateway({
    keys: [key.record],
    yaml: smallTier('FREE', TIER),
    ...options,
    subgraphs: [subgraph, OWN],
  });
  return {
    gateway,
    subgraph,
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await subgraph[Symbol.asyncDispose]();
    },
  };
}

for (const engine of ['tributary', 'apollo']) {
  describe(`the gateway’s own subgraph under engine ${engine}`, () => {
    const yaml = `engine: ${engine}\n${smallTier('FREE', TIER)}`;

    it('tells where the caller stands, this operation deducted, as extensions.cost does', async () => {
      await using world = await createWorld({ yaml });
      const before = Date.now();
      const { body, status } = await world.gateway.query(
        `{ ten rateLimit { plan requestedCost maximumOperationCost bucketSize available restoreRate fullAt
           monthRemaining monthResetAt __typename } }`,
        by,
      );
      assert.deepEqual([status, body.errors], [200, undefined]);
      const { fullAt, ...stand } = body.data.rateLimit;
      assert.deepEqual(stand, {
        plan: 'FREE',
        requestedCost: 10,
        maximumOperationCost: 50,
        bucketSize: 100,
        available: 90,
        restoreRate: 10,
        monthRemaining: 290,
        monthResetAt: body.extensions.cost.month.resetAt,
        __typename: 'RateLimitStatus',
      });
      // Ten points at ten a second.
      const untilFullMs = Date.parse(fullAt) - before;
      assert.ok(untilFullMs >= 1_000 && untilFullMs <= 1_000 + Date.now() - before, fullAt);
      assert.equal(world.subgraph.received.length, 1);
    });

    it('charges nothing for asking, from an empty bucket as well', async () => {
      await using world = await createWorld({
        yaml: `engine: ${engine}\n${smallTier('FREE', 'bucketPoints: 10, refillPerSecond: 0, monthPoints: null')}`,
      });
      await world.gateway.query('{ ten }', by);
      for (let round = 0; round < 3; round += 1) {
        const { status, body } = await world.gateway.query(
          '{ rateLimit { available monthRemaining fullAt } }',
          by,
        );
        assert.equal(status, 200);
        assert.deepEqual(body.data.rateLimit, {
          available: 0,
          monthRemaining: null,
          fullAt: '9999-12-31T23:59:59Z',
        });
        assert.deepEqual([body.extensions.cost.requested, body.extensions.cost.actual], [0, 0]);
      }
    });

    it('tells what the key has used, newest day first, at a point a day', async () => {
      const asked: UsageQuery[] = [];
      await using world = await createWorld({
        yaml,
        readUsage: async (query) => {
          asked.push(query);
          return [
            { day: '2026-11-20', points: 7, operations: 2, throttled: 1 },
            { day: '2026-11-21', points: 9, operations: 3, throttled: 0 },
          ];
        },
      });
      const { body } = await world.gateway.query(
        'query($days: Int!) { apiUsage(days: $days) { day points operations throttled } }',
        { ...by, variables: { days: 3 } },
      );
      assert.deepEqual(body.data.apiUsage, [
        { day: '2026-11-21T00:00:00Z', points: 9, operations: 3, throttled: 0 },
        { day: '2026-11-20T00:00:00Z', points: 7, operations: 2, throttled: 1 },
      ]);
      const fromDay = new Date(Date.now() - 2 * 86_400_000).toISOString().slice(0, 10);
      assert.deepEqual(asked, [{ accountId: 'acc_a', keyId: key.record.id, fromDay }]);
      assert.deepEqual([body.extensions.cost.requested, body.extensions.cost.actual], [4, 3]);
    });

    it('refuses days out of range and callers without a key, and says where', async () => {
      await using world = await createWorld({
        yaml: `engine: ${engine}\nbudgets: { mode: 'off' }`,
        readUsage: async () => assert.fail('nobody may ask'),
      });
      for (const days of [0, -1, 91]) {
        const { body } = await world.gateway.query(`{ ten apiUsage(days: ${days}) { day } }`, by);
        assert.deepEqual(body.data, { ten: 10, apiUsage: null });
        assert.deepEqual(
          body.errors.map(({ path, extensions }: { path: unknown; extensions: { code: string } }) => [
            path,
            extensions.code,
          ]),
          [[['apiUsage'], 'BAD_USER_INPUT']],
        );
      }
      const anonymous = await world.gateway.query('{ ten apiUsage { day } }');
      assert.deepEqual(anonymous.body.data, { ten: 10, apiUsage: null });
      assert.equal(anonymous.body.errors[0].extensions.code, 'UNAUTHENTICATED');
    });

    it('nulls the usage alone when nobody can tell it', async () => {
      await using world = await createWorld({ yaml });
      const { body } = await world.gateway.query('{ ten apiUsage { day } rateLimit { plan } }', by);
      assert.deepEqual(body.data, { ten: 10, apiUsage: null, rateLimit: { plan: 'FREE' } });
      assert.deepEqual(body.errors[0].path, ['apiUsage']);
    });

    it('tells anonymous callers of their address, and callers under --open of a full bucket', async () => {
      const query = '{ rateLimit { plan available bucketSize } }';
      {
        await using world = await createWorld({
          yaml: `engine: ${engine}\n${smallTier('ANONYMOUS', 'bucketPoints: 40')}`,
        });
        const { body } = await world.gateway.query(query);
        assert.deepEqual(body.data.rateLimit, { plan: 'ANONYMOUS', available: 40, bucketSize: 40 });
      }
      await using world = await createWorld({ yaml, open: true });
      const { body } = await world.gateway.query(query);
      assert.deepEqual(body.data.rateLimit, { plan: 'ANONYMOUS', available: 500, bucketSize: 500 });
    });
  });
}

describe('the answers of the gateway’s own subgraph', () => {
  it('are no other request’s: equal operations of one caller at one moment each get their own', async () => {
    const gate = createGate();
    gate.close();
    const yaml = `sharing: { requests: false }\n${smallTier('FREE', 'bucketPoints: 100, refillPerSecond: 0')}`;
    await using world = await createWorld({ yaml }, gate.pass);
    const answers = Array.from({ length: 4 }, () =>
      world.gateway.query('{ ten rateLimit { available } }', by),
    );
    await gate.arrived(4);
    gate.open();
    const available = (await Promise.all(answers)).map(({ body }) => body.data.rateLimit.available);
    assert.deepEqual(available.toSorted(), [60, 70, 80, 90]);
  });

  it('are kept by no shared cache, whatever the settings say', async () => {
    await using world = await createWorld({
      yaml: `cache: { maxAges: { Query.rateLimit: 60, Query.ten: 60 } }\n${smallTier('FREE', TIER)}`,
    });
    const get = (query: string) =>
      world.gateway.fetch(`/graphql?query=${encodeURIComponent(query)}`, {
        headers: { ...by.headers, 'apollo-require-preflight': '1' },
      });
    const own = await get('{ rateLimit { available } }');
    assert.equal(own.status, 200);
    assert.doesNotMatch(String(own.headers['cache-control']), /public/);
    assert.match(String((await get('{ ten }')).headers['cache-control']), /public/);
  });
});

describe('a supergraph with internal URLs', () => {
  for (const [what, url, sdl, message] of [
    [
      'another internal URL',
      'internal:other',
      OWN.sdl,
      /the one internal URL that there is is internal:gateway/,
    ],
    [
      'fields that the gateway does not have',
      'internal:gateway',
      'type Query { weather: String }',
      /has no Query\.weather/,
    ],
  ] as const) {
    it(`is refused for ${what}`, async () => {
      await using subgraph = await createTestSubgraph({ name: 'other', sdl: 'type Query { ten: Int }' });
      await assert.rejects(createTestGateway({ subgraphs: [subgraph, { name: 'own', url, sdl }] }), {
        name: 'ConfigError',
        code: 'SUPERGRAPH_INVALID',
        message,
      });
    });
  }

  it('is refused where a setting sends its calls elsewhere', async () => {
    await assert.rejects(
      createTestGateway({
        subgraphs: [OWN],
        yaml: 'subgraphs: { overrides: { gateway: { urls: ["http://127.0.0.1:1/"] } } }',
      }),
      { name: 'ConfigError', message: /subgraphs\.overrides\.gateway\.urls/ },
    );
  });
});
