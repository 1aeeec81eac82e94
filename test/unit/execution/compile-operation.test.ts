import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

const PRODUCTS = [
  { upc: '1', name: 'Chair', weight: 3 },
  { upc: '2', name: 'Table', weight: 40 },
];

const products: EngineSubgraph = {
  name: 'products',
  sdl: `
    type Query { products: [Product] first: Product }
    type Mutation { rename(upc: ID!, name: String!): Product }
    type Product @key(fields: "upc") { upc: ID! name: String weight: Int }`,
  resolvers: {
    Query: { products: () => PRODUCTS, first: () => PRODUCTS[0] },
    Mutation: { rename: (_: unknown, { upc, name }: { upc: string; name: string }) => ({ upc, name }) },
  },
};

const inventory: EngineSubgraph = {
  name: 'inventory',
  sdl: `
    type Product @key(fields: "upc") {
      upc: ID!
      weight: Int @external
      inStock(place: String = "all"): Boolean
      shipping: Int @requires(fields: "weight")
    }`,
  resolvers: {
    Product: {
      inStock: ({ upc }: { upc: string }) => upc === '1',
      shipping: ({ weight }: { weight: number }) => weight * 2,
    },
  },
};

test('joins entities of two subgraphs, in the order of the selection', async () => {
  const engine = createTestEngine({ subgraphs: [products, inventory] });
  const { data, errors } = await engine.run(
    '{ products { shipping n: name inStock __typename t: __typename } }',
  );
  assert.equal(errors, undefined);
  assert.equal(
    JSON.stringify(data),
    JSON.stringify({
      products: [
        { shipping: 6, n: 'Chair', inStock: true, __typename: 'Product', t: 'Product' },
        { shipping: 80, n: 'Table', inStock: false, __typename: 'Product', t: 'Product' },
      ],
    }),
  );
  assert.deepEqual(
    engine.calls.map(({ subgraph }) => subgraph),
    ['products', 'inventory'],
  );
  assert.deepEqual(engine.calls[1]?.variables, {
    representations: [
      { __typename: 'Product', upc: '1', weight: 3 },
      { __typename: 'Product', upc: '2', weight: 40 },
    ],
  });
});

test('sends only the variables that were provided and are used', async () => {
  const engine = createTestEngine({ subgraphs: [products, inventory] });
  const query = `query ($place: String, $other: String = "x") {
    products { inStock(place: $place) again: inStock(place: $other) } }`;
  await engine.run(query, { place: 'Riga' });
  assert.deepEqual(Object.keys(engine.calls[0]?.variables ?? {}), []);
  assert.deepEqual(Object.keys(engine.calls[1]?.variables ?? {}).sort(), ['place', 'representations']);
});

test('runs the root fields of a mutation one after the other, each once', async () => {
  const order: string[] = [];
  const engine = createTestEngine({
    subgraphs: [
      {
        ...products,
        resolvers: {
          ...products.resolvers,
          Mutation: {
            rename: (_: unknown, { upc, name }: { upc: string; name: string }) => {
              order.push(name);
              return { upc, name };
            },
          },
        },
      },
      inventory,
    ],
  });
  const { data } = await engine.run(
    'mutation { a: rename(upc: "1", name: "A") { name inStock } b: rename(upc: "2", name: "B") { inStock } }',
  );
  assert.deepEqual(data, { a: { name: 'A', inStock: true }, b: { inStock: false } });
  assert.deepEqual(order, ['A', 'B']);
});

test('answers introspection beside data, and __typename of the root', async () => {
  const engine = createTestEngine({ subgraphs: [products, inventory] });
  const query = `query ($type: String!) {
    root: __typename
    __type(name: $type) { name }
    first { upc }
    __schema { queryType { name } }
  }`;
  const { data } = await engine.run(query, { type: 'Product' });
  assert.equal(
    JSON.stringify(data),
    '{"root":"Query","__type":{"name":"Product"},"first":{"upc":"1"},"__schema":{"queryType":{"name":"Query"}}}',
  );
  const other = await engine.run(query, { type: 'Nobody' });
  assert.equal(other.data?.__type, null);
});
