import assert from 'node:assert/strict';
import { test } from 'node:test';
import { sortJoinTypes } from '../../../src/supergraph/sort-join-types.ts';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

/** A subgraph whose first key cannot be resolved, with a field that requires something of the other one. */
const subgraphs: EngineSubgraph[] = [
  {
    name: 'orders',
    sdl: `
      type Query { order: Order }
      type Order @key(fields: "code", resolvable: false) @key(fields: "id") {
        id: ID! code: ID! total: Int @external due: Int @requires(fields: "total") }`,
    resolvers: {
      Query: { order: () => ({ id: '1', code: 'x' }) },
      Order: {
        __resolveReference: (order: { id?: string }) => {
          if (order.id === undefined) throw new Error('only by id');
          return order;
        },
        due: ({ total }: { total: number }) => total + 1,
      },
    },
  },
  {
    name: 'totals',
    sdl: 'type Order @key(fields: "id") { id: ID! total: Int }',
    resolvers: { Order: { total: () => 10 } },
  },
];

test('enters a subgraph by a key that can be resolved, where the stock gateway takes the first one', async () => {
  const engine = createTestEngine({ subgraphs });
  const query = '{ order { due } }';
  assert.deepEqual(await engine.run(query), { data: { order: { due: 11 } } });
  const stock = await engine.runStock(query);
  assert.deepEqual(stock.data, { order: { due: null } });
  await engine.close();
});

test('moves keys that cannot be resolved behind the others, and nothing else', () => {
  const sdl = `
    type A @join__type(graph: X, key: "a", resolvable: false) @join__type(graph: Y, key: "b") @other
      @join__type(graph: X, key: "c") { a: ID }`;
  const order = [...sortJoinTypes(sdl).matchAll(/key: "(\w)"/g)].map(([, key]) => key);
  assert.deepEqual(order, ['b', 'c', 'a']);
  const sorted = 'type B @join__type(graph: X, key: "a") { a: ID }';
  assert.equal(sortJoinTypes(sorted), sorted);
});
