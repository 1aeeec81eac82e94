import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { describe, it } from 'node:test';
import { createTestGateway, createTestKey, type TestAnswer, type TestGateway } from '../../kit/gateway.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

/*
 * Ways to get more than was paid for. Each is judged by what the subgraph gave: points that were served, not answers.
 */

const BUCKET = 100;
const account = (count: number) =>
  Array.from({ length: count }, () => createTestKey({ tier: 'FREE', accountId: 'acc_a' }));
const key = createTestKey({ tier: 'FREE', accountId: 'acc_a' });

interface World extends TestGateway {
  /** What the subgraph has given so far, in points. */
  readonly served: () => number;
  /** Sends as the account. */
  send(
    query: string,
    variables?: Record<string, unknown>,
    by?: { readonly text: string },
  ): Promise<TestAnswer>;
}

/** A gateway with a bucket that nothing flows into, over a subgraph that counts the points that it gives. */
async function createWorld(
  options: { readonly keys?: readonly ReturnType<typeof createTestKey>[]; readonly yaml?: string } = {},
): Promise<World> {
  const { keys = [], yaml = '' } = options;
  let points = 0;
  const give = <Value>(count: number, value: Value): Value => {
    points += count;
    return value;
  };
  const items = (count: number) => Array.from({ length: Math.max(0, count) }, () => give(1, { name: 'x' }));
  const subgraph = await createTestSubgraph({
    name: 'counted',
    sdl: `
      interface Asset { name: String! value: Int price(in: String): Int }
      interface Traded { price(in: String): Int }
      type Coin implements Asset & Traded { name: String! value: Int @cost(weight: 20) price(in: String): Int @cost(weight: 5) }
      type Note implements Asset { name: String! value: Int price(in: String): Int }
      type Item { name: String! }
      union Thing = Coin | Note
      type Query {
        one: Int @cost(weight: 1)
        ten: Int @cost(weight: 10)
        broken: Int @cost(weight: 10)
        coin: Asset
        thing: Thing
        items(first: Int! = 5): [Item!] @listSize(slicingArguments: ["first"])
        rows(first: Int! = 1): [Row!] @listSize(slicingArguments: ["first"])
      }
      type Row { items(first: Int! = 5): [Item!] @listSize(slicingArguments: ["first"]) }
    `,
    resolvers: {
      Query: {
        one: () => give(1, 1),
        ten: () => give(10, 10),
        broken: () => {
          throw new Error(`broken, and it took ${give(10, 'some')} work`);
        },
        coin: () => give(1, { __typename: 'Coin', name: 'c' }),
        thing: () => give(1, { __typename: 'Coin', name: 'c' }),
        items: (_source: unknown, { first }: { first: number }) => items(first),
        rows: (_source: unknown, { first }: { first: number }) =>
          Array.from({ length: Math.max(0, first) }, () => give(1, {})),
      },
      Row: { items: (_source: unknown, { first }: { first: number }) => items(first) },
      Coin: { value: () => give(20, 1), price: () => give(5, 1) },
    },
  });
  const gateway = await createTestGateway({
    subgraphs: [subgraph],
    keys: [key, ...keys].map(({ record }) => record),
    yaml: `
tiers:
  FREE: { operationPoints: 10000, bucketPoints: ${BUCKET}, refillPerSecond: 0, monthPoints: null, aliases: 200, rootFields: 200, documentBytes: 100000 }
limits: { aliases: 200, rootFields: 200 }
budgets: {}
# What is shared is given once and paid by each: here each is to get what he paid for.
sharing: { requests: false, operations: false }
${yaml}`,
  });
  return {
    ...gateway,
    served: () => points,
    send: (query, variables, { text } = key) =>
      gateway.query(query, { headers: { 'x-api-key': text }, ...(variables && { variables }) }),
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await subgraph[Symbol.asyncDispose]();
    },
  };
}

/** Spends the rest of the bucket to the last point, and holds that no more than the bucket was ever given. */
async function assertNothingWon(world: World): Promise<void> {
  const answers = await Promise.all(Array.from({ length: BUCKET + 20 }, () => world.send('{ one }')));
  assert.ok(answers.some(({ status }) => status === 429));
  assert.ok(world.served() <= BUCKET, `${world.served()} points were served of ${BUCKET}`);
}

const passed = (answers: readonly TestAnswer[]) => answers.filter(({ status }) => status === 200).length;

describe('nobody buys a point', () => {
  it('with 100 keys of one account', async () => {
    const many = account(100);
    await using world = await createWorld({ keys: many });
    const answers = await Promise.all(many.map((one) => world.send('{ ten }', undefined, one)));
    assert.equal(passed(answers), 10);
    assert.equal(world.served(), BUCKET);
  });

  it('by rotating keys: a new one, of another tier as well, finds the account’s bucket as it was left', async () => {
    await using world = await createWorld();
    for (let round = 0; round < 5; round += 1) {
      const [next] = account(1);
      assert.ok(next);
      world.gateway.replaceKeys([next.record]);
      assert.equal((await world.send('{ a: ten b: ten }', undefined, next)).status, 200);
    }
    const [last] = account(1);
    const dearer = createTestKey({ tier: 'PRO', accountId: 'acc_a' });
    assert.ok(last);
    world.gateway.replaceKeys([last.record]);
    assert.equal((await world.send('{ one }', undefined, last)).status, 429);
    assert.equal(world.served(), BUCKET);
    // A larger tier has a larger bucket; what was spent is spent, and it fills with time alone.
    world.gateway.replaceKeys([dearer.record]);
    const { body } = await world.send('{ __typename }', undefined, dearer);
    assert.deepEqual(
      [body.extensions.cost.bucket.size, body.extensions.cost.bucket.available < 100],
      [10_000, true],
    );
  });

  it('with 100 aliases', async () => {
    await using world = await createWorld();
    const aliases = (count: number, field: string) =>
      `{ ${Array.from({ length: count }, (_, index) => `a${index}: ${field}`).join(' ')} }`;
    const tooMany = await world.send(aliases(100, 'ten'));
    assert.equal(tooMany.body.errors[0].extensions.code, 'COST_LIMIT_EXCEEDED');
    assert.equal(tooMany.body.errors[0].extensions.cost, 1_000);
    assert.equal(world.served(), 0);
    assert.equal((await world.send(aliases(100, 'one'))).status, 200);
    assert.equal(world.served(), BUCKET);
    await assertNothingWon(world);
  });

  it('with batches', async () => {
    await using world = await createWorld({ yaml: 'server: { batching: { enabled: true } }' });
    const send = (count: number, query: string) =>
      world.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': key.text },
        body: JSON.stringify(Array.from({ length: count }, () => ({ query }))),
      });
    const answers = await Promise.all(Array.from({ length: 5 }, () => send(10, '{ ten }')));
    const entries = answers.flatMap(({ body }) => body as { errors?: unknown }[]);
    assert.equal(entries.filter(({ errors }) => errors === undefined).length, 10);
    assert.equal(world.served(), BUCKET);
    await assertNothingWon(world);
  });

  it('with first: 10^9, wherever it stands', async () => {
    await using world = await createWorld();
    for (const [query, variables] of [
      ['{ items(first: 1000000000) { name } }', {}],
      ['query($n: Int!) { items(first: $n) { name } }', { n: 1e9 }],
      ['query($n: Int! = 1000000000) { items(first: $n) { name } }', {}],
      ['{ rows(first: 1000000000) { items(first: 1000000000) { name } } }', {}],
      ['{ a: items(first: -1000000000) { name } items(first: 1000000000) { name } }', {}],
    ] as const) {
      const { body, status } = await world.send(query, variables);
      const { code, cost } = body.errors[0].extensions;
      assert.deepEqual([status, code], [400, 'COST_LIMIT_EXCEEDED'], query);
      assert.ok(cost >= 1e9 && cost <= 2_147_483_647, `${query}: ${cost}`);
      assert.equal(world.served(), 0);
      assert.equal(body.extensions.cost.bucket.available, BUCKET);
    }
  });

  it('with sizes that are negative or none', async () => {
    await using world = await createWorld();
    for (const first of [-1, -1e9, 0]) {
      const { body } = await world.send('query($n: Int!) { ten items(first: $n) { name } }', { n: first });
      assert.ok(body.extensions.cost.requested >= 10, `${first}: ${body.extensions.cost.requested}`);
    }
    for (const first of [1e10, 1.5, '1', null]) {
      const { body } = await world.send('query($n: Int!) { items(first: $n) { name } }', { n: first });
      assert.equal(body.data, undefined);
    }
    await assertNothingWon(world);
  });

  it('with conditions', async () => {
    await using world = await createWorld();
    const paid = async (query: string, variables: Record<string, unknown>) => {
      const before = world.served();
      const { body } = await world.send(query, variables);
      assert.equal(body.errors, undefined);
      assert.ok(
        body.extensions.cost.requested >= world.served() - before,
        `${query}: ${body.extensions.cost.requested} for ${world.served() - before}`,
      );
      return body.extensions.cost.requested;
    };
    const query =
      'query($a: Boolean! = false, $b: Boolean! = true) { ten @include(if: $a) one @skip(if: $b) }';
    assert.equal(await paid(query, {}), 0);
    assert.equal(await paid(query, { a: true }), 10);
    assert.equal(await paid(query, { a: true, b: false }), 11);
    // Left out here, asked there.
    assert.equal(await paid('query($no: Boolean!) { ten @include(if: $no) ... { ten } }', { no: false }), 10);
    assert.equal(
      await paid('query($no: Boolean!) { ...F @include(if: $no) ...F } fragment F on Query { ten }', {
        no: false,
      }),
      10,
    );
    assert.equal(
      await paid('query($n: Int! = 1, $a: Boolean!) { items(first: $n) @skip(if: $a) { name } }', {
        n: 20,
        a: false,
      }),
      20,
    );
    await assertNothingWon(world);
  });

  it('with fragments on interfaces and unions', async () => {
    await using world = await createWorld();
    for (const [query, least] of [
      ['{ coin { ... on Asset { value } } }', 21],
      ['{ coin { ... on Note { name } ... on Coin { value } } }', 21],
      ['{ thing { ... on Traded { price } ... on Asset { p: price(in: "x") } } }', 11],
      ['{ thing { ... on Asset { ... on Traded { ... on Coin { price } } } } }', 6],
    ] as const) {
      const before = world.served();
      const { body } = await world.send(query);
      assert.equal(body.errors, undefined, query);
      assert.equal(world.served() - before, least, query);
      assert.ok(body.extensions.cost.requested >= least, `${query}: ${body.extensions.cost.requested}`);
    }
    await assertNothingWon(world);
  });

  it('by asking in another way: GET, a registered document, another name, another text', async () => {
    await using world = await createWorld();
    const headers = { 'x-api-key': key.text, 'apollo-require-preflight': '1' };
    const query = '{ ten }';
    const extensions = JSON.stringify({
      persistedQuery: { version: 1, sha256Hash: createHash('sha256').update(query).digest('hex') },
    });
    const get = (parameters: Record<string, string>) =>
      world.fetch(`/graphql?${new URLSearchParams(parameters)}`, { headers });
    const answers = [
      await get({ query }),
      await get({ query, extensions }),
      await get({ extensions }),
      await world.send('query Another { ten }'),
      await world.send('{ ten } # and so on'),
      await world.send('query A { ten } query B { one }'),
    ];
    assert.equal(passed(answers.slice(0, 5)), 5);
    assert.equal(world.served(), 50);
    await assertNothingWon(world);
  });

  it('with operations that fail, and documents that cannot run', async () => {
    await using world = await createWorld();
    for (let round = 0; round < 4; round += 1) {
      const { body } = await world.send('{ broken ten }');
      assert.equal(body.errors.length, 1);
    }
    const spentMonth = await world.send('{');
    assert.equal(spentMonth.body.extensions.cost.requested, 1);
    const { body } = await world.send('{ __typename }');
    assert.ok(body.extensions.cost.bucket.available < BUCKET - 40);
  });
});
