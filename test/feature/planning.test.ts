import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { createTradingWorld } from '../kit/trading-world.ts';

/** What reaches the planner, and what never does. */

test('introspection is answered without a plan and without a subgraph', async () => {
  await using world = await createTradingWorld();
  const { gateway, portfolio, price } = world;
  const { body } = await gateway.query(getIntrospectionQuery());
  assert.ok(body.data.__schema.types.some(({ name }: { name: string }) => name === 'Token'));
  assert.equal(
    (await gateway.query('{ __typename __type(name: "Token") { name } }')).body.data.__type.name,
    'Token',
  );
  assert.equal((await gateway.metrics.plannerStarts.get()).values[0]?.value ?? 0, 0);
  assert.deepEqual([portfolio.received.length, price.received.length], [0, 0]);
});

test('doubled fragments are refused before they are planned', async () => {
  await using world = await createTradingWorld('', 'limits: { aliases: 1000000000, depth: 100 }');
  const { gateway, portfolio } = world;
  const fragments = Array.from(
    { length: 20 },
    (_, level) => `fragment F${level} on Query { ...F${level + 1} ... { ...F${level + 1} } }`,
  );
  const text = ['{ ...F0 }', ...fragments, 'fragment F20 on Query { tokens(ids: ["a"]) { id } }'].join('\n');
  const { body } = await gateway.query(text);
  assert.equal(body.errors[0].extensions.code, 'QUERY_TOO_COMPLEX');
  assert.equal((await gateway.metrics.plannerStarts.get()).values[0]?.value ?? 0, 0);
  assert.equal(portfolio.received.length, 0);
});
