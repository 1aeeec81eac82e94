import assert from 'node:assert/strict';
import { test } from 'node:test';
import { untilInFlight, untilShared } from '../kit/gateway-progress.ts';
import { createTradingWorld, readClaims } from '../kit/trading-world.ts';

/** Who may share with whom, as the subgraphs see it: what is counted are calls, and what is read are their tokens. */

const PUBLIC = '{ tokens(ids: ["a"]) { price seenBy } }';
const PRIVATE = '{ portfolio(id: "2-0") { owner total holdings { value token { price } } } }';

const privateDataOf = (user: string) => ({
  portfolio: {
    owner: user,
    total: `2-0 of ${user}`,
    holdings: [0, 1].map((index) => ({
      value: `h${index} of ${user}`,
      token: { price: `t${index} in USD` },
    })),
  },
});

test('two callers that ask the same at the same moment never share a private answer or a call', async () => {
  await using world = await createTradingWorld('windowMs: 1000');
  const { ada, bob, cleo } = world.callers;
  world.portfolioGate.close();
  world.priceGate.close();
  const asking = [ada, bob, cleo].map((headers) => world.gateway.query(PRIVATE, { headers }));
  await world.portfolioGate.arrived(3);
  world.portfolioGate.open();
  // Private look-ups of the three, and the public ones of two tiers.
  await world.priceGate.arrived(5);
  world.priceGate.open();
  const answers = (await Promise.all(asking)).map(({ body }) => body);
  assert.deepEqual(
    answers,
    ['ada', 'bob', 'cleo'].map((user) => ({ data: privateDataOf(user) })),
  );
  assert.deepEqual(world.portfolio.received.map((request) => readClaims(request).sub).toSorted(), [
    'ada',
    'bob',
    'cleo',
  ]);
  const isPrivate = ({ query }: { query: string }) => /value|total/.test(query);
  const privateCalls = world.price.received.filter(isPrivate);
  assert.deepEqual(privateCalls.map((request) => readClaims(request).sub).toSorted(), ['ada', 'bob', 'cleo']);
  for (const request of world.price.received) {
    assert.equal(readClaims(request).sub === undefined, !isPrivate(request), request.query);
  }
});

test('one caller shares its own private operation with itself', async () => {
  await using world = await createTradingWorld();
  const { ada } = world.callers;
  world.portfolioGate.close();
  const asking = [1, 2].map(() => world.gateway.query(PRIVATE, { headers: ada }));
  await world.portfolioGate.arrived(1);
  await untilShared(world.gateway, 'operations', 1);
  world.portfolioGate.open();
  for (const { body } of await Promise.all(asking)) assert.deepEqual(body, { data: privateDataOf('ada') });
  assert.equal(world.portfolio.received.length, 1);
});

test('a token with a user says who it is; one of a public fetch says the tier and nothing else', async () => {
  await using world = await createTradingWorld();
  await world.gateway.query(PRIVATE, { headers: world.callers.ada });
  const [first] = world.portfolio.received;
  assert.ok(first);
  const { sub, account, scope, tier } = readClaims(first);
  assert.deepEqual(
    { sub, account, scope, tier },
    {
      sub: 'ada',
      account: 'account of ada',
      // No field of the operation asks for the scope that the key has.
      scope: '',
      tier: 'FREE',
    },
  );
  const publicCall = world.price.received.find(({ query }) =>
    /price/.test(query.replaceAll('__price__', '')),
  );
  assert.ok(publicCall);
  const { tier: publicTier, scope: publicScope, ...rest } = readClaims(publicCall);
  assert.deepEqual([publicTier, publicScope], ['FREE', '']);
  assert.deepEqual(Object.keys(rest).toSorted(), ['aud', 'exp', 'iat', 'iss']);
  const { authorization: _, ...headers } = publicCall.headers;
  assert.ok(!/ada/.test(JSON.stringify([headers, publicCall.query, publicCall.variables])));
});

for (const sharing of ['', 'entities: false, requests: false, coalesce: false, operations: false']) {
  test(`a public fetch says nothing of its caller with { ${sharing} }`, async () => {
    await using world = await createTradingWorld(sharing);
    await world.gateway.query('{ quote(id: "a") tokens(ids: ["a"]) { price } }', {
      headers: world.callers.cleo,
    });
    const received = [...world.portfolio.received, ...world.price.received];
    assert.equal(received.length, 3);
    for (const request of received) {
      const { tier, scope, sub, account } = readClaims(request);
      assert.deepEqual([tier, scope, sub, account], ['PRO', '', undefined, undefined]);
    }
  });
}

test('callers of one tier share public fetches, callers of other tiers do not', async () => {
  await using world = await createTradingWorld('windowMs: 1000');
  const { ada, bob, cleo } = world.callers;
  world.portfolioGate.close();
  const asking = [ada, bob, cleo, {}].map((headers) => world.gateway.query(PUBLIC, { headers }));
  await untilInFlight(world.gateway, 4);
  await untilShared(world.gateway, 'requests', 1);
  await world.portfolioGate.arrived(3);
  world.portfolioGate.open();
  const seenBy = (await Promise.all(asking)).map(({ body }) => body.data.tokens[0].seenBy);
  assert.deepEqual(seenBy, ['FREE', 'FREE', 'PRO', 'ANONYMOUS']);
  for (const { received } of [world.portfolio, world.price]) {
    const tiers = received.map((request) => readClaims(request).tier);
    assert.deepEqual(new Set(tiers), new Set(['FREE', 'PRO', 'ANONYMOUS']));
  }
  assert.equal(world.portfolio.received.length, 3);
});

test('mutations are never shared: each is sent once, whoever sends the same', async () => {
  await using world = await createTradingWorld();
  const mutation = 'mutation { trade(id: "a") { id } }';
  const { ada, bob } = world.callers;
  world.portfolioGate.close();
  const asking = [ada, ada, bob, {}, {}].map((headers) => world.gateway.query(mutation, { headers }));
  await world.portfolioGate.arrived(5);
  world.portfolioGate.open();
  for (const { body } of await Promise.all(asking)) assert.deepEqual(body, { data: { trade: { id: 'a' } } });
  assert.equal(world.portfolio.received.length, 5);
});

test('look-ups after a mutation do not join those from before it', async () => {
  await using world = await createTradingWorld('windowMs: 1000');
  world.priceGate.close();
  const before = world.gateway.query('{ tokens(ids: ["a"]) { price } }');
  await world.priceGate.arrived(1);
  const after = [1, 2].map(() => world.gateway.query('mutation { trade(id: "a") { price } }'));
  // Each sends a look-up of its own while the one from before is still under way.
  await world.priceGate.arrived(3);
  world.priceGate.open();
  for (const { body } of await Promise.all(after)) assert.equal(body.data.trade.price, 'a in USD');
  assert.deepEqual((await before).body, { data: { tokens: [{ price: 'a in USD' }] } });
  assert.equal(world.price.received.length, 3);
});

test('look-ups of one mutation still travel together', async () => {
  await using world = await createTradingWorld();
  const mutation = 'mutation { trade(id: "a") { price } again: trade(id: "b") { price } }';
  const { body } = await world.gateway.query(mutation);
  assert.deepEqual(body, { data: { trade: { price: 'a in USD' }, again: { price: 'b in USD' } } });
  assert.equal(world.portfolio.received.length, 1);
  assert.equal(world.price.received.length, 1);
});

test('overrides narrow what is shared and cannot widen it', async () => {
  await using world = await createTradingWorld(
    'windowMs: 1000, overrides: { price: { entities: true, requests: true, coalesce: true } }',
  );
  const { ada, bob } = world.callers;
  world.priceGate.close();
  const asking = [ada, bob].map((headers) =>
    world.gateway.query('{ portfolio(id: "1-0") { total } }', { headers }),
  );
  await world.priceGate.arrived(2);
  world.priceGate.open();
  const totals = (await Promise.all(asking)).map(({ body }) => body.data.portfolio.total);
  assert.deepEqual(totals, ['1-0 of ada', '1-0 of bob']);
  assert.equal(world.price.received.length, 2);
});
