import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { type BudgetGateway, createBudgetGateway, createPricedSubgraph } from '../../kit/budget-gateway.ts';
import { createTestGateway, createTestKey, type TestAnswer } from '../../kit/gateway.ts';
import { createTestSubgraph } from '../../kit/subgraph.ts';

const key = createTestKey({ tier: 'FREE', accountId: 'acc_a' });
const sister = createTestKey({ tier: 'FREE', accountId: 'acc_a' });
const other = createTestKey({ tier: 'FREE', accountId: 'acc_b' });
const keys = [key, sister, other].map(({ record }) => record);
const by = ({ text }: { readonly text: string }) => ({ headers: { 'x-api-key': text } });
const WINDOWS = 'fieldWindows: { Query.one: { max: 3 }, Mutation.change: { max: 2, seconds: 30 } }\n';

const create = (yaml = 'budgets: {}\n', more: object = {}) =>
  createBudgetGateway({ keys, yaml: WINDOWS + yaml, ...more });
const ask = (gateway: BudgetGateway, query = '{ one }', of = key, variables = {}) =>
  gateway.query(query, { ...by(of), variables });
/** 200, or the code of the refusal. */
const outcomeOf = ({ status, body }: TestAnswer) =>
  body.errors === undefined ? status : body.errors[0].extensions.code;
const calls = ({ subgraph }: BudgetGateway) => subgraph.received.length;

describe('a field window', () => {
  it('lets so many through, then refuses with 429 and the time to wait, and calls nobody', async () => {
    await using gateway = await create();
    for (let round = 0; round < 3; round += 1) assert.equal(outcomeOf(await ask(gateway)), 200);
    const { status, body, headers } = await ask(gateway);
    assert.equal(status, 429);
    assert.equal(body.data, undefined);
    const [{ message, extensions }] = body.errors;
    assert.match(
      message,
      /^Rate limit reached: Query\.one may be asked for 3 times in 60 s; try again in (60|5\d) s\.$/,
    );
    assert.equal(extensions.code, 'RATE_LIMITED');
    assert.ok(extensions.retryAfterMs > 50_000 && extensions.retryAfterMs <= 60_000);
    assert.equal(headers['retry-after'], String(Math.ceil(extensions.retryAfterMs / 1000)));
    assert.equal(headers['access-control-allow-origin'], '*');
    assert.match(String(headers.ratelimit), /^"bucket";r=\d+/);
    assert.equal(calls(gateway), 3);
    // Other fields are not counted.
    assert.equal(outcomeOf(await ask(gateway, '{ ten }')), 200);
    const refused = await gateway.metrics.fieldRefusals.get();
    assert.deepEqual(
      refused.values.map(({ labels, value }) => [labels.coordinate, value]),
      [['Query.one', 1]],
    );
  });

  it('costs nothing when it refuses', async () => {
    await using gateway = await create();
    await ask(gateway, '{ a: one b: one c: one }');
    const { body } = await ask(gateway, '{ one items(first: 500) { name } }');
    assert.equal(body.errors[0].extensions.code, 'RATE_LIMITED');
    assert.equal((await ask(gateway, '{ free }')).body.extensions.cost.month.remaining, 300_000 - 3);
  });

  it('counts each alias, takes all of an operation or nothing, and refuses what can never fit as too complex', async () => {
    await using gateway = await create();
    assert.equal(outcomeOf(await ask(gateway, '{ a: one b: one }')), 200);
    assert.equal(outcomeOf(await ask(gateway, '{ a: one b: one }')), 'RATE_LIMITED');
    const endless = await ask(gateway, '{ a: one b: one c: one d: one }');
    assert.deepEqual([endless.status, outcomeOf(endless)], [400, 'QUERY_TOO_COMPLEX']);
    assert.equal(endless.headers['retry-after'], undefined);
    assert.match(endless.body.errors[0].message, /asks for Query\.one 4 times/);
    assert.equal(outcomeOf(await ask(gateway)), 200);
    assert.equal(outcomeOf(await ask(gateway)), 'RATE_LIMITED');
    assert.equal(calls(gateway), 2);
  });

  it('counts what is asked, wherever it stands in the document, once for each key of the answer', async () => {
    await using gateway = await create();
    const query = `
      query($yes: Boolean!, $no: Boolean = false) {
        one  one  ...Again
        ... on Query { one ... @include(if: $no) { x: one } }
        y: one @skip(if: $yes)
        z: one @include(if: false)
      }
      fragment Again on Query { one }`;
    assert.equal(outcomeOf(await ask(gateway, query, key, { yes: true })), 200);
    // Conditions that hold do count: three at once is more than is left.
    const all = { yes: false, no: true };
    assert.equal(outcomeOf(await ask(gateway, query, key, all)), 'RATE_LIMITED');
    assert.equal(outcomeOf(await ask(gateway, query, other, all)), 200);
    assert.equal(outcomeOf(await ask(gateway, '{ one }', other)), 'RATE_LIMITED');
    assert.equal(outcomeOf(await ask(gateway, '{ a: one b: one }')), 200);
  });

  it('counts each operation of a batch, and each request that shares a run', async () => {
    await using gateway = await create('server: { batching: { enabled: true } }\nbudgets: {}\n');
    const batch = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...by(key).headers },
      body: JSON.stringify(Array.from({ length: 5 }, () => ({ query: '{ one }' }))),
    });
    assert.equal(batch.status, 200);
    const outcomes = batch.body.map(
      ({ errors }: TestAnswer['body']) => errors?.[0].extensions.code ?? 'passed',
    );
    assert.deepEqual(outcomes.toSorted(), ['RATE_LIMITED', 'RATE_LIMITED', 'passed', 'passed', 'passed']);
    const equal = await Promise.all(Array.from({ length: 20 }, () => ask(gateway, '{ one }', other)));
    assert.equal(equal.filter(({ status }) => status === 200).length, 3);
  });

  it('counts mutations one by one, and runs none of an operation that it refuses', async () => {
    await using gateway = await create();
    assert.equal(outcomeOf(await ask(gateway, 'mutation { change }')), 200);
    const { status, body } = await ask(gateway, 'mutation { a: change b: change }');
    assert.equal(status, 429);
    assert.ok(body.errors[0].extensions.retryAfterMs <= 30_000);
    assert.equal(calls(gateway), 1);
    assert.equal(outcomeOf(await ask(gateway, 'mutation { change }')), 200);
    assert.equal(outcomeOf(await ask(gateway, 'mutation { change }')), 'RATE_LIMITED');
  });

  it('is the account’s, whichever of its keys asks; without a key the address’s', async () => {
    await using gateway = await create();
    for (const who of [key, sister, key]) assert.equal(outcomeOf(await ask(gateway, '{ one }', who)), 200);
    assert.equal(outcomeOf(await ask(gateway, '{ one }', sister)), 'RATE_LIMITED');
    assert.equal(outcomeOf(await ask(gateway, '{ one }', other)), 200);
    const anonymous = [];
    for (let round = 0; round < 4; round += 1) anonymous.push(outcomeOf(await gateway.query('{ one }')));
    assert.deepEqual(anonymous, [200, 200, 200, 'RATE_LIMITED']);
  });

  it('gets back what an operation took that was refused for its cost', async () => {
    await using gateway = await create(
      'tiers:\n  FREE: { operationPoints: 50, bucketPoints: 60, refillPerSecond: 0 }\nbudgets: {}\n',
    );
    assert.equal(outcomeOf(await ask(gateway, '{ one items(first: 100) { name } }')), 'COST_LIMIT_EXCEEDED');
    assert.equal(outcomeOf(await ask(gateway, '{ a: one b: one items(first: 40) { name } }')), 200);
    assert.equal(outcomeOf(await ask(gateway, '{ one items(first: 40) { name } }')), 'RATE_LIMITED');
    assert.equal(outcomeOf(await ask(gateway)), 200);
    assert.equal(outcomeOf(await ask(gateway)), 'RATE_LIMITED');
  });

  it('does not count what the rules refuse', async () => {
    await using subgraph = await createTestSubgraph({
      name: 'guarded',
      sdl: 'type Query { dear: Int @requiresScopes(scopes: [["dear"]]) free: Int }',
      resolvers: { Query: { dear: () => 1, free: () => 0 } },
    });
    const scoped = createTestKey({ accountId: 'acc_a', scopes: ['dear'] });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys: [key.record, scoped.record],
      yaml: 'fieldWindows: { Query.dear: { max: 1 } }\nbudgets: {}',
    });
    for (let round = 0; round < 3; round += 1) {
      assert.equal((await gateway.query('{ dear free }', by(key))).status, 200);
    }
    assert.equal((await gateway.query('{ dear free }', by(scoped))).status, 200);
    assert.equal((await gateway.query('{ dear free }', by(scoped))).status, 429);
  });

  it('refuses nothing where budgets only measure, and is not there under --open and without budgets', async () => {
    for (const [yaml, more, refusals] of [
      ["budgets: { mode: 'measure' }\n", {}, 7],
      ["budgets: { mode: 'off' }\n", {}, 0],
      ['budgets: {}\n', { open: true }, 0],
    ] as const) {
      await using gateway = await create(yaml, more);
      for (let round = 0; round < 10; round += 1) assert.equal(outcomeOf(await ask(gateway)), 200);
      const { values } = await gateway.metrics.fieldRefusals.get();
      assert.equal(values[0]?.value ?? 0, refusals);
    }
  });

  it('is of root fields alone', async () => {
    await using subgraph = await createPricedSubgraph();
    await assert.rejects(
      createTestGateway({
        subgraphs: [subgraph],
        yaml: 'fieldWindows: { Item.name: { max: 3 } }\nbudgets: {}',
      }),
      { name: 'ConfigError', message: /fieldWindows\.Item\.name: expected a root field/ },
    );
  });

  it('as shipped: 5 imports and 60 searches a minute', async () => {
    await using subgraph = await createTestSubgraph({
      name: 'platform',
      sdl: 'type Query { searchTokens: Int } type Mutation { importTransactions: Int }',
      resolvers: { Query: { searchTokens: () => 1 }, Mutation: { importTransactions: () => 1 } },
    });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys: [key.record],
      yaml: 'budgets: {}',
    });
    for (const [query, max] of [
      ['mutation { importTransactions }', 5],
      ['{ searchTokens }', 60],
    ] as const) {
      const before = subgraph.received.length;
      for (let round = 0; round < max; round += 1) {
        assert.equal((await gateway.query(query, by(key))).status, 200);
      }
      assert.equal((await gateway.query(query, by(key))).status, 429);
      assert.equal(subgraph.received.length - before, max);
    }
  });
});
