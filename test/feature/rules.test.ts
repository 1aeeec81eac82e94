import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { createTestGateway, createTestKey, createTestSnapshot } from '../kit/gateway.ts';
import { createTestSubgraph } from '../kit/subgraph.ts';
import { createTemporaryFolder } from '../kit/temporary-folder.ts';

const LIB = new URL('../../src/lib/rules.ts', import.meta.url).href;

/** A subgraph with something for everybody and something for operators, and a gateway with rules over it. */
async function createWorld(rules: string, hold?: () => Promise<void>) {
  const folder = createTemporaryFolder();
  const file = join(folder.path, 'rules.ts');
  const write = (text: string) =>
    writeFileSync(file, `import { allow, deny, hasScopes, hasUser, rule } from '${LIB}';\n${text}`);
  write(rules);
  const subgraph = await createTestSubgraph({
    name: 'market',
    sdl: 'type Query { price: Int status: String mine: String } ',
    resolvers: { Query: { price: () => 7, status: () => 'fine', mine: () => 'yours' } },
    ...(hold === undefined ? {} : { hold }),
  });
  const guest = createTestKey({ userId: 'u1' });
  const operator = createTestKey({ scopes: ['platform:read'], accountId: 'acc_op' });
  const options = {
    subgraphs: [subgraph],
    keys: [guest.record, operator.record],
    yaml: `rules: { file: ${JSON.stringify(file)} }`,
  };
  const gateway = await createTestGateway(options);
  return {
    subgraph,
    gateway,
    write,
    options,
    guest: { 'x-api-key': guest.text },
    operator: { 'x-api-key': operator.text },
    async [Symbol.asyncDispose]() {
      await gateway[Symbol.asyncDispose]();
      await subgraph[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}

const RULES = `export default { Query: { price: allow, status: hasScopes('platform:read'), mine: hasUser } };`;

test('a refused field is null with code and path, and its subgraph is not asked for it', async () => {
  await using world = await createWorld(RULES);
  const { body } = await world.gateway.query('{ price s: status }', { headers: world.guest });
  assert.deepEqual(body.data, { price: 7, s: null });
  assert.deepEqual(body.errors, [
    { message: 'The caller may not see this field.', path: ['s'], extensions: { code: 'FORBIDDEN' } },
  ]);
  const anonymous = await world.gateway.query('{ status mine }');
  assert.deepEqual(
    anonymous.body.errors.map(({ extensions }: { extensions: { code: string } }) => extensions.code),
    ['UNAUTHENTICATED', 'UNAUTHENTICATED'],
  );
  assert.deepEqual(
    world.subgraph.received.map(({ query }) => query),
    ['{price}'],
  );
});

test('two callers with different rights who ask the same at the same moment share neither answer nor plan', async () => {
  const both = Promise.withResolvers<void>();
  let arrived = 0;
  await using world = await createWorld(RULES, () => {
    arrived += 1;
    if (arrived === 2) both.resolve();
    return both.promise;
  });
  const query = '{ price status }';
  const [guest, operator] = await Promise.all([
    world.gateway.query(query, { headers: world.guest }),
    world.gateway.query(query, { headers: world.operator }),
  ]);
  assert.deepEqual(guest.body.data, { price: 7, status: null });
  assert.deepEqual(operator.body, { data: { price: 7, status: 'fine' } });
  assert.deepEqual(world.subgraph.received.map((request) => request.query).toSorted(), [
    '{price status}',
    '{price}',
  ]);
});

test('what is compiled grows with the sets of refused fields, not with callers', async () => {
  await using world = await createWorld(RULES);
  const users = Array.from({ length: 60 }, (_, index) =>
    createTestKey({
      userId: `user_${index}`,
      accountId: `acc_${index}`,
      tier: index % 2 === 0 ? 'FREE' : 'PRO',
    }),
  );
  const snapshot = createTestSnapshot({ ...world.options, keys: users.map(({ record }) => record) });
  await world.gateway.gateway.reload(snapshot);
  for (const { text } of users) {
    const { body } = await world.gateway.query('{ price status mine }', { headers: { 'x-api-key': text } });
    assert.deepEqual(body.data, { price: 7, status: null, mine: 'yours' });
  }
  const { values } = await world.gateway.metrics.operationCache.get();
  assert.equal(values.find(({ labels }) => labels.result === 'miss')?.value, 1);
});

test('operators are told which rule refused what, others are not', async () => {
  await using world = await createWorld(RULES);
  const asked = { query: '{ status mine }' };
  const forOperator = await world.gateway.query(asked.query, { headers: world.operator });
  assert.equal(forOperator.headers['x-rules-refused'], 'Query.mine FORBIDDEN hasUser');
  const forGuest = await world.gateway.query(asked.query, { headers: world.guest });
  assert.equal(forGuest.headers['x-rules-refused'], undefined);
  assert.doesNotMatch(forGuest.text, /hasScopes|platform/);
});

test('rules that cannot be served keep the old ones; good ones take over', async () => {
  await using world = await createWorld(RULES);
  const version = (name: string) =>
    createTestSnapshot({ ...world.options, yaml: world.options.yaml.replace(' }', `, version: ${name} }`) });
  world.write('export default { Query: { prise: allow } };');
  await assert.rejects(world.gateway.gateway.reload(version('a')), {
    code: 'RULES_INVALID',
    message: /there is no field "Query\.prise"; did you mean "price"\?/,
  });
  assert.deepEqual((await world.gateway.query('{ price }')).body, { data: { price: 7 } });
  world.write('export default { Query: deny };');
  await world.gateway.gateway.reload(version('b'));
  assert.deepEqual((await world.gateway.query('{ price }')).body.data, { price: null });
});

test('with --open no rule is asked', async () => {
  await using world = await createWorld(RULES);
  await world.gateway.gateway.reload(createTestSnapshot({ ...world.options, open: true }));
  assert.deepEqual((await world.gateway.query('{ status mine }')).body, {
    data: { status: 'fine', mine: 'yours' },
  });
});

test('a rule that fails refuses, is counted, and its reason stays inside', async () => {
  await using world = await createWorld(`
    const broken = rule('broken', { kind: 'static' })(() => { throw new Error('canary'); });
    export default { Query: { price: allow, status: broken, mine: allow } };`);
  const { body, text } = await world.gateway.query('{ price status }');
  assert.deepEqual(body.data, { price: 7, status: null });
  assert.doesNotMatch(text, /canary|broken/);
  assert.equal((await world.gateway.metrics.ruleFaults.get()).values[0]?.value, 1);
});
