import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTradingWorld } from '../kit/trading-world.ts';

/** `@skip` and `@include` decide what subgraphs are asked, by the values of each request. */

test('each combination of conditions that turns up is planned, once', async () => {
  await using world = await createTradingWorld();
  const query = `query ($price: Boolean = false, $id: Boolean = true) {
    tokens(ids: ["a"]) { id @include(if: $id) price @include(if: $price) }
  }`;
  const ask = async (variables: Record<string, unknown>) =>
    (await world.gateway.query(query, { variables })).body;
  for (let round = 0; round < 2; round += 1) {
    assert.deepEqual(await ask({}), { data: { tokens: [{ id: 'a' }] } });
    assert.deepEqual(await ask({ price: true }), { data: { tokens: [{ id: 'a', price: 'a in USD' }] } });
    assert.deepEqual(await ask({ id: false }), { data: { tokens: [{}] } });
    // What is given and what is the default are the same.
    assert.deepEqual(await ask({ price: false, id: true }), { data: { tokens: [{ id: 'a' }] } });
  }
  const { values } = await world.gateway.metrics.operationCache.get();
  const counts = Object.fromEntries(values.map(({ labels, value }) => [labels.result, value]));
  assert.deepEqual(counts, { miss: 3, hit: 5 });
  assert.equal(world.price.received.length, 2);
  // No subgraph sees a condition.
  for (const { query: sent } of [...world.portfolio.received, ...world.price.received]) {
    assert.doesNotMatch(sent, /@/);
  }
});

test('a condition that is null is refused before anything is called', async () => {
  await using world = await createTradingWorld();
  const { body } = await world.gateway.query(
    'query ($with: Boolean = true) { tokens(ids: ["a"]) { id @include(if: $with) } }',
    { variables: { with: null } },
  );
  assert.equal(body.errors[0].extensions.code, 'BAD_USER_INPUT');
  assert.equal(world.portfolio.received.length, 0);
});
