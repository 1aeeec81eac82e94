import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SubgraphError } from '../../../src/errors/errors.ts';
import { createTestEngine, type EngineSubgraph, type SubgraphCall } from '../../kit/engine.ts';

const PRODUCTS = ['1', '2', '3', '2'].map((upc) => ({ __typename: 'Product', upc, weight: 1 }));

function shop(
  inventory: (call: SubgraphCall, stock: readonly { stock: number }[]) => unknown,
  items: readonly unknown[] = PRODUCTS,
): EngineSubgraph[] {
  return [
    {
      name: 'products',
      sdl: `
        type Query { products: [Product] one: Product }
        type Product @key(fields: "upc") { upc: ID weight: Int }`,
      respond: ({ query }) => ({
        data: {
          ...(query.includes('list:') ? { list: items } : {}),
          ...(query.includes('{products') ? { products: items } : {}),
          ...(query.includes('one') ? { one: items[0] } : {}),
        },
      }),
    },
    {
      name: 'inventory',
      sdl: `type Product @key(fields: "upc") { upc: ID stock: Int strict: Int! weight: Int @external
        shipping: Int @requires(fields: "weight") place: Place }
        type Place { city: String street: String! }`,
      respond: (call) => {
        const representations = (call.variables.representations ?? []) as { upc: string }[];
        return inventory(
          call,
          representations.map(({ upc }) => ({ stock: Number(upc) })),
        );
      },
    },
  ];
}

const FAILED = { message: 'A subgraph failed to answer this field.', extensions: { code: 'SUBGRAPH_ERROR' } };
const INVALID = {
  message: 'A subgraph gave an answer that does not fit the schema.',
  extensions: { code: 'SUBGRAPH_INVALID_RESPONSE' },
};

test('puts an error of an entity at every place of that entity, by the client’s names', async () => {
  const engine = createTestEngine({
    subgraphs: shop((_call, stock) => ({
      data: {
        _entities: stock.map((entity, index) => (index === 1 ? { left: null } : { left: entity.stock })),
      },
      errors: [{ message: 'secret detail', path: ['_entities', 1, 'left'], extensions: { code: 'BOOM' } }],
    })),
  });
  assert.deepEqual(await engine.run('{ list: products { left: stock } }'), {
    data: { list: [{ left: 1 }, { left: null }, { left: 3 }, { left: null }] },
    errors: [
      { ...FAILED, path: ['list', 1, 'left'] },
      { ...FAILED, path: ['list', 3, 'left'] },
    ],
  });
});

test('counts entities that were not asked about, which the stock executor forgets', async () => {
  const items = [{ __typename: 'Product', weight: 1 }, null, ...PRODUCTS.slice(0, 2)];
  const engine = createTestEngine({
    subgraphs: shop(
      (_call, stock) => ({
        data: { _entities: [stock[0], { stock: null }] },
        errors: [{ message: 'x', path: ['_entities', 1, 'stock'] }],
      }),
      items,
    ),
  });
  const query = '{ products { stock } }';
  const { data, errors } = await engine.run(query);
  assert.deepEqual(data, { products: [{ stock: null }, null, { stock: 1 }, { stock: null }] });
  assert.deepEqual(errors, [{ ...FAILED, path: ['products', 3, 'stock'] }]);
  const stock = await engine.runStock(query);
  assert.notDeepEqual(stock.errors?.[0]?.path, ['products', 3, 'stock']);
  await engine.close();
});

test('keeps the message of an error that is written for callers', async () => {
  const engine = createTestEngine({
    subgraphs: shop((_call, stock) => ({
      data: { _entities: stock.map(() => ({ stock: null })) },
      errors: [
        {
          message: 'Not yours.',
          path: ['_entities', 0, 'stock'],
          extensions: { code: 'FORBIDDEN', user: 'u' },
        },
      ],
    })),
  });
  assert.deepEqual((await engine.run('{ one { stock } }')).errors, [
    { message: 'Not yours.', path: ['one', 'stock'], extensions: { code: 'FORBIDDEN' } },
  ]);
});

test('makes of a fetch that throws an error at each field that is missing, and keeps its siblings', async () => {
  const engine = createTestEngine({
    subgraphs: shop((call) => {
      throw new SubgraphError('SUBGRAPH_TIMEOUT', call.subgraph, { message: 'internal detail' });
    }),
  });
  const { data, errors } = await engine.run('{ products { a: stock weight } one { upc stock } }');
  assert.deepEqual(data, {
    products: [1, 2, 3, 4].map(() => ({ a: null, weight: 1 })),
    one: { upc: '1', stock: null },
  });
  const timeout = {
    message: 'A subgraph took too long to answer this field.',
    extensions: { code: 'SUBGRAPH_TIMEOUT' },
  };
  assert.deepEqual(
    errors,
    [
      ['products', 0, 'a'],
      ['products', 1, 'a'],
      ['products', 2, 'a'],
      ['products', 3, 'a'],
      ['one', 'stock'],
    ].map((path) => ({ ...timeout, path })),
  );
});

test('calls an unknown failure a fault of ours', async () => {
  const engine = createTestEngine({
    subgraphs: shop(() => {
      throw new TypeError('a bug');
    }),
  });
  assert.deepEqual((await engine.run('{ one { stock } }')).errors, [
    {
      message: 'Something went wrong on our side.',
      path: ['one', 'stock'],
      extensions: { code: 'INTERNAL_SERVER_ERROR' },
    },
  ]);
});

test('tells of a failed fetch where the fields that depend on it are missing', async () => {
  const subgraphs: EngineSubgraph[] = [
    {
      name: 'names',
      sdl: 'type Query { product: Product } type Product @key(fields: "upc") { upc: ID! }',
      resolvers: { Query: { product: () => ({ upc: '1' }) } },
    },
    {
      name: 'weights',
      sdl: 'type Product @key(fields: "upc") { upc: ID! weight: Int }',
      respond: ({ subgraph }) => {
        throw new SubgraphError('SUBGRAPH_UNAVAILABLE', subgraph);
      },
    },
    {
      name: 'shipping',
      sdl: `type Product @key(fields: "upc") {
        upc: ID! weight: Int @external cost: Int @requires(fields: "weight") }`,
      resolvers: { Product: { cost: () => 5 } },
    },
  ];
  const engine = createTestEngine({ subgraphs });
  const { data, errors } = await engine.run('{ product { upc cost } }');
  assert.deepEqual(data, { product: { upc: '1', cost: null } });
  assert.deepEqual(errors, [
    {
      message: 'A subgraph cannot be reached.',
      path: ['product', 'cost'],
      extensions: { code: 'SUBGRAPH_UNAVAILABLE' },
    },
  ]);
  assert.deepEqual(
    engine.calls.map(({ subgraph }) => subgraph),
    ['names', 'weights'],
  );
});

test('cuts a path where it leaves what the client asked for', async () => {
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'products',
        sdl: `
          type Query { one: Product }
          type Product @key(fields: "upc") { upc: ID weight: Int }`,
        respond: () => ({
          data: { one: { __typename: 'Product', upc: '1', weight: null } },
          errors: [{ message: 'x', path: ['one', 'weight'] }],
        }),
      },
      shop(() => ({ data: { _entities: [{ shipping: 2 }] } }))[1] as EngineSubgraph,
    ],
  });
  assert.deepEqual(await engine.run('{ one { shipping } }'), {
    data: { one: { shipping: 2 } },
    errors: [{ ...FAILED, path: ['one'] }],
  });
});

test('adds no error of its own where a subgraph has told why a value is null', async () => {
  const engine = createTestEngine({
    subgraphs: shop((_call, stock) => ({
      data: { _entities: stock.map((_, index) => (index === 0 ? null : { strict: 2 })) },
      errors: [{ message: 'x', path: ['_entities', 0, 'strict'] }],
    })),
  });
  assert.deepEqual(await engine.run('{ products { strict } }'), {
    data: { products: [null, { strict: 2 }, { strict: 2 }, { strict: 2 }] },
    errors: [{ ...FAILED, path: ['products', 0, 'strict'] }],
  });
});

test('nulls the positions that are missing from too few entities, and drops what is too many', async () => {
  const few = createTestEngine({
    subgraphs: shop((_call, stock) => ({ data: { _entities: stock.slice(0, 1) } })),
  });
  assert.deepEqual(await few.run('{ products { stock } }'), {
    data: { products: [{ stock: 1 }, { stock: null }, { stock: null }, { stock: null }] },
    errors: [1, 2, 3].map((index) => ({ ...INVALID, path: ['products', index, 'stock'] })),
  });
  const many = createTestEngine({
    subgraphs: shop((_call, stock) => ({ data: { _entities: [...stock, { stock: 100 }] } })),
  });
  assert.deepEqual(await many.run('{ products { stock } }'), {
    data: { products: [{ stock: 1 }, { stock: 2 }, { stock: 3 }, { stock: 2 }] },
  });
  const stock = await many.runStock('{ products { stock } }');
  assert.deepEqual(stock.data, { products: PRODUCTS.map(() => ({ stock: null })) });
  await many.close();
});

for (const [what, entities] of [
  ['null', null],
  ['a string', 'none'],
  ['an object', { 0: { stock: 1 } }],
] as const) {
  test(`tells of _entities that is ${what} at each missing field`, async () => {
    const engine = createTestEngine({ subgraphs: shop(() => ({ data: { _entities: entities } })) });
    assert.deepEqual(await engine.run('{ one { upc stock } }'), {
      data: { one: { upc: '1', stock: null } },
      errors: [{ ...INVALID, path: ['one', 'stock'] }],
    });
  });
}

test('takes null for an entity that is gone, and refuses entities of another form or type', async () => {
  const engine = createTestEngine({
    subgraphs: shop(() => ({ data: { _entities: [null, 'text', { __typename: 'Place', stock: 5 }] } })),
  });
  assert.deepEqual(await engine.run('{ products { stock } }'), {
    data: { products: PRODUCTS.map(() => ({ stock: null })) },
    errors: [1, 2, 3].map((index) => ({ ...INVALID, path: ['products', index, 'stock'] })),
  });
});

test('gives an error without a path to the fields that are missing, or lets it stand alone', async () => {
  const whole = createTestEngine({ subgraphs: shop(() => ({ data: null, errors: [{ message: 'x' }] })) });
  assert.deepEqual((await whole.run('{ one { stock } }')).errors, [{ ...FAILED, path: ['one', 'stock'] }]);
  const partial = createTestEngine({
    subgraphs: shop((_call, stock) => ({ data: { _entities: stock }, errors: [{ message: 'x', path: 5 }] })),
  });
  assert.deepEqual(await partial.run('{ one { stock } }'), { data: { one: { stock: 1 } }, errors: [FAILED] });
});

test('bounds the errors of a subgraph that sends a hundred thousand', async () => {
  const engine = createTestEngine({
    subgraphs: shop((_call, stock) => ({
      data: { _entities: stock },
      errors: Array.from({ length: 100_000 }, () => ({ message: 'x', path: ['_entities', 1, 'stock'] })),
    })),
  });
  const { data, errors } = await engine.run('{ products { stock } }');
  assert.deepEqual(data, { products: [{ stock: 1 }, { stock: 2 }, { stock: 3 }, { stock: 2 }] });
  assert.equal(errors?.length, 10_000);
});

test('asks nothing of what the client skipped, so nothing of it can fail', async () => {
  const engine = createTestEngine({
    subgraphs: shop(({ query }, stock) => ({
      data: { _entities: stock },
      errors: query.includes('place') ? [{ message: 'x', path: ['_entities', 0, 'place'] }] : [],
    })),
  });
  const query = 'query ($not: Boolean!) { one { stock ... @skip(if: $not) { place { city } } } }';
  assert.deepEqual(await engine.run(query, { not: true }), { data: { one: { stock: 1 } } });
  assert.deepEqual((await engine.run(query, { not: false })).errors, [{ ...FAILED, path: ['one', 'place'] }]);
});

test('says nothing of a field that was fetched for objects of a type which the client did not ask it of', async () => {
  const sdl = `
    type Query { items: [Item!]! }
    interface Item { other: Part }
    type Chair implements Item { other: Part }
    type Lamp implements Item { other: Part }
    type Part @key(fields: "id") { id: ID! }`;
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'items',
        sdl,
        resolvers: {
          Item: { __resolveType: ({ type }: { type: string }) => type },
          Query: { items: () => ['Chair', 'Lamp'].map((type) => ({ type, other: { id: '1' } })) },
        },
      },
      {
        name: 'parts',
        sdl: 'type Part @key(fields: "id") { id: ID! price: Int weight: Int }',
        resolvers: {
          Part: {
            price: () => {
              throw new Error('no price');
            },
            weight: () => 5,
          },
        },
      },
    ],
  });
  const result = await engine.run('{ items { other { weight } ... on Lamp { other { price } } } }');
  assert.deepEqual(result, {
    data: { items: [{ other: { weight: 5 } }, { other: { weight: 5, price: null } }] },
    errors: [{ ...FAILED, path: ['items', 1, 'other', 'price'] }],
  });
});
