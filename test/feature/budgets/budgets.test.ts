import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { createBudgetGateway, smallTier } from '../../kit/budget-gateway.ts';
import { createTestKey } from '../../kit/gateway.ts';

const key = createTestKey({ tier: 'FREE', accountId: 'acc_a' });
const sister = createTestKey({ tier: 'FREE', accountId: 'acc_a' });
const dearer = createTestKey({ tier: 'PRO', accountId: 'acc_a' });
const other = createTestKey({ tier: 'FREE', accountId: 'acc_b' });
const keys = [key, sister, dearer, other].map(({ record }) => record);
const by = ({ text }: { readonly text: string }) => ({ headers: { 'x-api-key': text } });
const free = (settings: string, budgets?: string) => ({ keys, yaml: smallTier('FREE', settings, budgets) });

describe('what an answer tells', () => {
  it('says in body and headers what the operation cost and where the caller stands', async () => {
    await using gateway = await createBudgetGateway(
      free('bucketPoints: 2000, refillPerSecond: 0, monthPoints: 300000'),
    );
    const { body, headers, status } = await gateway.query(
      '{ items(first: 10, found: 4) { name } }',
      by(other),
    );
    assert.equal(status, 200);
    assert.equal(body.data.items.length, 4);
    const { month, ...cost } = body.extensions.cost;
    assert.deepEqual(cost, {
      requested: 10,
      actual: 4,
      bucket: { size: 2000, available: 1996, restoreRate: 0 },
    });
    assert.deepEqual([month.limit, month.remaining], [300_000, 299_996]);
    assert.match(month.resetAt, /^\d{4}-\d\d-01T00:00:00Z$/);
    assert.equal(headers['ratelimit-policy'], '"bucket";q=2000, "month";q=300000;w=2592000');
    assert.equal(headers.ratelimit, '"bucket";r=1996');
    const exposed = String(headers['access-control-expose-headers']);
    for (const name of ['ratelimit', 'ratelimit-policy', 'retry-after']) assert.ok(exposed.includes(name));
  });

  it('says when the bucket is full again where it refills', async () => {
    await using gateway = await createBudgetGateway(free('bucketPoints: 2000, refillPerSecond: 10'));
    const { headers } = await gateway.query('{ items(first: 276) { name } }', by(other));
    assert.equal(headers['ratelimit-policy'], '"bucket";q=2000;w=200, "month";q=300000;w=2592000');
    assert.equal(headers.ratelimit, '"bucket";r=1724;t=28');
  });

  it('tells the cost by field and subgraph to who asks', async () => {
    await using gateway = await createBudgetGateway(free(''));
    const { body } = await gateway.query('{ ten list: items(first: 3) { name } }', {
      headers: { 'x-api-key': other.text, 'x-cost-breakdown': '1' },
    });
    assert.deepEqual(body.extensions.cost.breakdown, {
      fields: [
        { path: 'ten', points: 10, subgraph: 'priced' },
        { path: 'list', points: 3, subgraph: 'priced' },
      ],
      subgraphs: { priced: 13 },
    });
  });

  it('tells it to anonymous callers, who have no month', async () => {
    await using gateway = await createBudgetGateway({ yaml: smallTier('ANONYMOUS', '') });
    const { body } = await gateway.query('{ one }');
    assert.deepEqual(body.extensions.cost, {
      requested: 1,
      actual: 1,
      bucket: { size: 500, available: 499, restoreRate: 2 },
      month: null,
    });
  });
});

describe('a refusal', () => {
  it('for lack of points is 429 with the time to wait, and calls nobody', async () => {
    await using gateway = await createBudgetGateway(free('bucketPoints: 100, refillPerSecond: 0.01'));
    await gateway.query('{ items(first: 90) { name } }', by(other));
    const { status, body, headers } = await gateway.query('{ items(first: 30) { name } }', by(other));
    assert.equal(status, 429);
    const [error] = body.errors;
    assert.equal(body.data, undefined);
    assert.equal(error.extensions.code, 'RATE_LIMITED');
    assert.match(
      error.message,
      /^Rate limit reached: this operation costs 30 points, 10 are available; try again in (19\d\d|2000) s\.$/,
    );
    assert.ok(error.extensions.retryAfterMs > 1_900_000 && error.extensions.retryAfterMs <= 2_000_000);
    assert.equal(headers['retry-after'], String(Math.ceil(error.extensions.retryAfterMs / 1000)));
    const { requested, actual, bucket } = body.extensions.cost;
    assert.deepEqual([requested, actual, bucket.available], [30, null, 10]);
    assert.match(String(headers.ratelimit), /^"bucket";r=10;t=9000$/);
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.equal(gateway.subgraph.received.length, 1);
    // It cost nothing: what is there can still be spent.
    assert.equal((await gateway.query('{ items(first: 10) { name } }', by(other))).status, 200);
  });

  it('for the month is 429 with another code', async () => {
    await using gateway = await createBudgetGateway(free('monthPoints: 50'));
    await gateway.query('{ items(first: 45) { name } }', by(other));
    const { status, body, headers } = await gateway.query('{ ten }', by(other));
    assert.deepEqual([status, body.errors[0].extensions.code], [429, 'QUOTA_EXHAUSTED']);
    assert.ok(Number(headers['retry-after']) > 0);
    assert.deepEqual(body.extensions.cost.month.remaining, 5);
    assert.equal(gateway.subgraph.received.length, 1);
  });

  it('of what is too dear is 400, names the dearest field, and costs nothing', async () => {
    await using gateway = await createBudgetGateway(
      free('operationPoints: 20, bucketPoints: 100, refillPerSecond: 0'),
    );
    const { status, body, headers } = await gateway.query('{ ten items(first: 11) { name } }', by(other));
    assert.equal(status, 400);
    const { code, cost, maxCost, mostExpensive } = body.errors[0].extensions;
    assert.deepEqual([code, cost, maxCost, mostExpensive], ['COST_LIMIT_EXCEEDED', 21, 20, 'items']);
    assert.equal(headers['retry-after'], undefined);
    assert.equal(body.extensions.cost.bucket.available, 100);
    assert.equal((await gateway.query('{ ten items(first: 10) { name } }', by(other))).status, 200);
    assert.equal(gateway.subgraph.received.length, 1);
  });

  it('of what is invalid costs a point', async () => {
    await using gateway = await createBudgetGateway(free('bucketPoints: 2, refillPerSecond: 0'));
    for (const query of ['{', '{ nothing }']) {
      const { body } = await gateway.query(query, by(other));
      assert.equal(body.extensions.cost.requested, 1);
    }
    const { status, body } = await gateway.query('{ nothing }', by(other));
    assert.deepEqual([status, body.errors[0].extensions.code], [429, 'RATE_LIMITED']);
  });

  for (const [what, tier, query, code] of [
    ['depth', 'depth: 1', '{ items { name } }', 'QUERY_TOO_DEEP'],
    ['aliases', 'aliases: 1', '{ a: one b: one }', 'QUERY_TOO_COMPLEX'],
    ['root fields', 'rootFields: 1', '{ one ten }', 'QUERY_TOO_COMPLEX'],
    ['document bytes', 'documentBytes: 100', `{ one } # ${'x'.repeat(100)}`, 'QUERY_TOO_LARGE'],
  ] as const) {
    it(`by the tier's ${what} does not hold for other tiers`, async () => {
      await using gateway = await createBudgetGateway(free(tier));
      const refused = await gateway.query(query, by(other));
      assert.deepEqual([refused.status, refused.body.errors[0].extensions.code], [400, code]);
      assert.equal(gateway.subgraph.received.length, 0);
      assert.equal((await gateway.query(query, by(dearer))).status, 200);
      assert.equal((await gateway.query('{ one }', by(other))).status, 200);
    });
  }
});

describe('a budget', () => {
  it('belongs to the account, whichever of its keys is used, with the bucket of its best tier', async () => {
    await using gateway = await createBudgetGateway({
      keys,
      yaml: 'tiers:\n  FREE: { bucketPoints: 10, refillPerSecond: 0 }\n  PRO: { bucketPoints: 50, refillPerSecond: 0 }\nbudgets: {}\n',
    });
    const left = async (of: typeof key) =>
      (await gateway.query('{ ten }', by(of))).body.extensions.cost.bucket.available;
    assert.deepEqual(
      [await left(key), await left(sister), await left(dearer), await left(other)],
      [40, 30, 20, 0],
    );
  });

  it('of callers without a key belongs to the address, which only a trusted proxy may tell', async () => {
    const yaml = (proxies: string) =>
      `server: { trustedProxies: [${proxies}] }\n${smallTier('ANONYMOUS', 'bucketPoints: 10, refillPerSecond: 0')}`;
    const from = (address: string) => ({ headers: { 'x-forwarded-for': address } });
    {
      await using gateway = await createBudgetGateway({ yaml: yaml('') });
      assert.equal((await gateway.query('{ ten }', from('203.0.113.1'))).status, 200);
      assert.equal((await gateway.query('{ ten }', from('203.0.113.2'))).status, 429);
    }
    await using gateway = await createBudgetGateway({ yaml: yaml('"127.0.0.0/8"') });
    const statuses = [];
    for (const address of [
      '203.0.113.1',
      '203.0.113.2',
      '198.51.100.9, 203.0.113.2',
      '2001:db8:1:2::1',
      '2001:db8:1:2:ffff::9',
      '2001:db8:1:3::1',
    ]) {
      statuses.push((await gateway.query('{ ten }', from(address))).status);
    }
    assert.deepEqual(statuses, [200, 200, 429, 200, 429, 200]);
  });

  it('is charged for each alias, each request under a repeated id, and a shared run as often as it is asked', async () => {
    await using gateway = await createBudgetGateway(
      free('bucketPoints: 100, refillPerSecond: 0, aliases: 50'),
    );
    const aliases = Array.from({ length: 10 }, (_, index) => `a${index}: ten`).join(' ');
    await gateway.query(`{ ${aliases} }`, by(other));
    assert.equal((await gateway.query('{ one }', by(other))).status, 429);
    const same = { headers: { 'x-api-key': key.text, 'x-request-id': 'one-and-the-same' } };
    const statuses = await Promise.all(
      Array.from({ length: 14 }, async () => (await gateway.query('{ ten }', same)).status),
    );
    // The account's bucket is the one of its best tier.
    assert.deepEqual(statuses.toSorted(), Array(14).fill(200));
  });

  it('pays for excess, which operators are told by coordinate', async () => {
    await using gateway = await createBudgetGateway(free('bucketPoints: 100, refillPerSecond: 0'));
    const { body } = await gateway.query('{ more(count: 50) { name } }', by(other));
    const { requested, actual, bucket } = body.extensions.cost;
    // Estimated at 2, came to 50: charged up to once the estimate beyond it.
    assert.deepEqual([requested, actual, bucket.available], [2, 50, 96]);
    const excess = await gateway.metrics.excessPoints.get();
    assert.deepEqual(
      excess.values.map(({ labels, value }) => [labels.coordinate, value]),
      [['Query.more', 48]],
    );
  });

  it('takes nothing for what costs nothing', async () => {
    await using gateway = await createBudgetGateway(free('bucketPoints: 1, refillPerSecond: 0'));
    await gateway.query('{ one }', by(other));
    const { status, body } = await gateway.query('{ free __typename }', by(other));
    assert.deepEqual([status, body.extensions.cost.requested, body.extensions.cost.actual], [200, 0, 0]);
  });

  it('measures without refusing', async () => {
    await using gateway = await createBudgetGateway(
      free('operationPoints: 20, bucketPoints: 20, refillPerSecond: 0, aliases: 0', "{ mode: 'measure' }"),
    );
    for (const query of ['{ ten a: ten }', '{ ten }', '{ items(first: 100) { name } }']) {
      const { status, body } = await gateway.query(query, by(other));
      assert.equal(status, 200);
      assert.ok(body.extensions.cost.requested > 0);
    }
    const refused = await gateway.metrics.budgetRefusals.get();
    assert.deepEqual(Object.fromEntries(refused.values.map(({ labels, value }) => [labels.code, value])), {
      RATE_LIMITED: 1,
      COST_LIMIT_EXCEEDED: 1,
    });
    assert.equal(gateway.subgraph.received.length, 3);
  });

  it('is nobody’s under --open, while the caps for everybody stay', async () => {
    await using gateway = await createBudgetGateway({
      open: true,
      yaml: `${smallTier('ANONYMOUS', 'bucketPoints: 0, aliases: 0')}limits: { aliases: 2 }`,
    });
    const { status, body, headers } = await gateway.query('{ a: one b: one }');
    assert.deepEqual([status, body.extensions, headers.ratelimit], [200, undefined, undefined]);
    assert.equal(
      (await gateway.query('{ a: one b: one c: one }')).body.errors[0].extensions.code,
      'QUERY_TOO_COMPLEX',
    );
  });
});
