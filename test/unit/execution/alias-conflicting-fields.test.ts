import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, parse, print } from 'graphql';
import { aliasConflictingFields } from '../../../src/execution/alias-conflicting-fields.ts';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

const subgraphs: EngineSubgraph[] = [
  {
    name: 'prices',
    sdl: `
      type Query { product: Product }
      type Product @key(fields: "upc") { upc: ID! name: String price(currency: String!): Int }`,
    resolvers: {
      Query: { product: () => ({ upc: '1', name: 'Chair' }) },
      Product: {
        price: (_: unknown, { currency }: { currency: string }) => {
          if (currency === 'XXX') throw new Error('no such currency');
          return currency === 'USD' ? 100 : 90;
        },
      },
    },
  },
  {
    name: 'shipping',
    sdl: `
      type Product @key(fields: "upc") {
        upc: ID!
        price(currency: String!): Int @external
        cost: Int @requires(fields: "price(currency: \\"USD\\")")
        days: Int
      }`,
    resolvers: { Product: { cost: ({ price }: { price: number }) => price + 1, days: () => 3 } },
  },
];

test('keeps a client’s field apart from a required one with other arguments', async () => {
  const engine = createTestEngine({ subgraphs });
  const query = '{ product { price(currency: "EUR") cost } }';
  assert.deepEqual(await engine.run(query), { data: { product: { price: 90, cost: 101 } } });
  assert.deepEqual(
    (await engine.runStock(query)).data,
    { product: { price: 90, cost: 91 } },
    'euros for dollars',
  );
  await engine.close();
});

test('keeps an alias apart from a key of the same name', async () => {
  const engine = createTestEngine({ subgraphs });
  const query = '{ product { upc: name days } }';
  assert.deepEqual(await engine.run(query), { data: { product: { upc: 'Chair', days: 3 } } });
  assert.notDeepEqual((await engine.runStock(query)).data, { product: { upc: 'Chair', days: 3 } });
  await engine.close();
});

test('writes errors at the client’s own name', async () => {
  const engine = createTestEngine({ subgraphs });
  const { data, errors } = await engine.run('{ product { price(currency: "XXX") cost } }');
  assert.deepEqual(data, { product: { price: null, cost: 101 } });
  assert.deepEqual(
    errors?.map(({ path }) => path),
    [['product', 'price']],
  );
});

test('leaves fields alone that cannot conflict, and gives equal fields equal aliases', () => {
  const engine = createTestEngine({ subgraphs });
  const schema = buildSchema(engine.supergraphSdl, { assumeValidSDL: true });
  const plain = parse('{ product { upc price(currency: "USD") name } }');
  const untouched = aliasConflictingFields(plain, schema);
  assert.equal(untouched.document, plain);
  assert.equal(untouched.responseNames.size, 0);

  const { document, responseNames } = aliasConflictingFields(
    parse(
      'query ($c: String!) { product { price(currency: $c) price__client_0: name } ...F } fragment F on Query { product { price(currency: $c) } }',
    ),
    schema,
  );
  assert.deepEqual([...responseNames], [['price__client_1', 'price']]);
  assert.equal(print(document).match(/price__client_1: price\(currency: \$c\)/g)?.length, 2);
});

test('another field that a client calls __typename does not pass for the type of its object', async () => {
  const engine = createTestEngine({ subgraphs });
  const query = '{ product { __typename: name real: __typename cost } }';
  const product = { __typename: 'Chair', real: 'Product', cost: 101 };
  assert.deepEqual(await engine.run(query), { data: { product } });
});
