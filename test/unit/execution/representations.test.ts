import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

/** A catalogue whose products come as given, and an inventory that says what it was asked about. */
function catalogue(items: readonly unknown[]): EngineSubgraph[] {
  return [
    {
      name: 'products',
      sdl: `
        type Query { products: [Product] }
        type Product @key(fields: "upc") { upc: ID name: String }`,
      respond: () => ({ data: { products: items } }),
    },
    {
      name: 'inventory',
      sdl: `type Product @key(fields: "upc") { upc: ID stock: Int }`,
      resolvers: {
        Product: { stock: ({ upc }: { upc: string | null }) => (upc === null ? 0 : Number(upc)) },
      },
    },
  ];
}

const product = (upc: unknown) => ({ __typename: 'Product', upc });

test('sends identical representations once and spreads the answer, which the stock executor does not', async () => {
  const items = Array.from({ length: 30 }, (_, index) => product(String(index % 3)));
  const engine = createTestEngine({ subgraphs: catalogue(items) });
  const query = '{ products { upc stock } }';
  const { data } = await engine.run(query);
  assert.deepEqual(
    data?.products,
    items.map(({ upc }) => ({ upc, stock: Number(upc) })),
  );
  assert.deepEqual(engine.calls[1]?.variables.representations, [product('0'), product('1'), product('2')]);
  const stock = await engine.runStock(query);
  assert.deepEqual(stock.data, data);
  assert.equal((engine.calls[1]?.variables.representations as unknown[] | undefined)?.length, 30);
  await engine.close();
});

test('passes over entities without a key or a type, and sends a key that is null', async () => {
  const engine = createTestEngine({
    subgraphs: catalogue([product('1'), { __typename: 'Product' }, null, product(null), product('2')]),
  });
  const { data, errors } = await engine.run('{ products { stock } }');
  assert.equal(errors, undefined);
  assert.deepEqual(data, {
    products: [{ stock: 1 }, { stock: null }, null, { stock: 0 }, { stock: 2 }],
  });
  assert.deepEqual(engine.calls[1]?.variables.representations, [product('1'), product(null), product('2')]);
});

test('asks nothing when there is no entity to ask about', async () => {
  const engine = createTestEngine({ subgraphs: catalogue([null]) });
  assert.deepEqual(await engine.run('{ products { stock } }'), { data: { products: [null] } });
  assert.equal(engine.calls.length, 1);
});

test('keeps values of different kinds apart', async () => {
  const engine = createTestEngine({ subgraphs: catalogue([product('1'), product(1)]) });
  await engine.run('{ products { stock } }');
  assert.deepEqual(engine.calls[1]?.variables.representations, [product('1'), product(1)]);
});

test('builds keys of several fields, objects and lists of objects', async () => {
  const parts = [{ code: 'a', size: { w: 1 } }, null, { code: 'b"\n', size: null }];
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'machines',
        sdl: `
          type Query { machine: Machine }
          type Machine @key(fields: "id parts { code size { w } }") { id: ID! parts: [Part] }
          type Part @shareable { code: String size: Size }
          type Size @shareable { w: Int }`,
        respond: () => ({ data: { machine: { __typename: 'Machine', id: '1', parts } } }),
      },
      {
        name: 'prices',
        sdl: `
          type Machine @key(fields: "id parts { code size { w } }") { id: ID! parts: [Part] price: Int }
          type Part @shareable { code: String size: Size }
          type Size @shareable { w: Int }`,
        resolvers: { Machine: { price: () => 7 } },
      },
    ],
  });
  assert.deepEqual((await engine.run('{ machine { price } }')).data, { machine: { price: 7 } });
  assert.deepEqual(engine.calls[1]?.variables.representations, [{ __typename: 'Machine', id: '1', parts }]);
});

test('sends the name of the interface to a subgraph that has it as an interface object', async () => {
  const media = [
    { __typename: 'Book', id: '1', title: 'A', pages: 3 },
    { __typename: 'Film', id: '2', title: 'B' },
  ];
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'media',
        sdl: `
          type Query { media: [Media] }
          interface Media @key(fields: "id") { id: ID! title: String }
          type Book implements Media @key(fields: "id") { id: ID! title: String pages: Int }
          type Film implements Media @key(fields: "id") { id: ID! title: String }`,
        resolvers: {
          Query: { media: () => media },
          Media: {
            __resolveReference: ({ id }: { id: string }) => media.find((item) => item.id === id),
            __resolveType: ({ __typename }: { __typename: string }) => __typename,
          },
        },
      },
      {
        name: 'reviews',
        sdl: `
          type Query { top: [Media] }
          type Media @key(fields: "id") @interfaceObject { id: ID! score: Int }`,
        resolvers: {
          Query: { top: () => [{ id: '2' }, { id: '1' }] },
          Media: { score: ({ id }: { id: string }) => Number(id) * 10 },
        },
      },
    ],
  });
  const down = await engine.run('{ media { score ... on Book { pages } } }');
  assert.deepEqual(down.data, { media: [{ score: 10, pages: 3 }, { score: 20 }] });
  assert.deepEqual(engine.calls[1]?.variables.representations, [
    { __typename: 'Media', id: '1' },
    { __typename: 'Media', id: '2' },
  ]);

  const typed = await engine.run('{ media { ... on Book { score __typename } } }');
  assert.deepEqual(typed, { data: { media: [{ score: 10, __typename: 'Book' }, {}] } });

  assert.deepEqual((await engine.run('{ top { score } }')).data, { top: [{ score: 20 }, { score: 10 }] });
  const up = await engine.run('{ top { __typename title ... on Book { pages } } }');
  assert.deepEqual(up.data, {
    top: [
      { __typename: 'Film', title: 'B' },
      { __typename: 'Book', title: 'A', pages: 3 },
    ],
  });
});

test('knows inaccessible types when it builds representations', async () => {
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'nodes',
        sdl: `
          type Query { node: Node }
          interface Node { id: ID! }
          type Hidden implements Node @inaccessible @key(fields: "id") { id: ID! }
          type Shown implements Node @key(fields: "id") { id: ID! }`,
        respond: () => ({ data: { node: { __typename: 'Hidden', id: '1' } } }),
      },
      {
        name: 'names',
        sdl: `
          type Hidden @inaccessible @key(fields: "id") { id: ID! name: String }
          type Shown @key(fields: "id") { id: ID! name: String }`,
        resolvers: {},
      },
    ],
  });
  const { data, errors } = await engine.run('{ node { id ... on Shown { name } } }');
  assert.deepEqual(data, { node: null });
  assert.equal(errors?.length, 1);
  assert.doesNotMatch(JSON.stringify(errors), /Hidden/);
});

test('fetches by the type of an object when the plan says so', async () => {
  const engine = createTestEngine({
    typeConditionedFetching: true,
    subgraphs: [
      {
        name: 'search',
        sdl: `
          type Query { search: [Result] }
          union Result = Article | Gallery
          type Article @key(fields: "id") { id: ID! sections: [Section!]! }
          type Gallery @key(fields: "id") { id: ID! sections: [Section!]! }
          type Section @key(fields: "id") { id: ID! }`,
        respond: () => ({
          data: {
            search: [
              { __typename: 'Article', sections: [{ __typename: 'Section', id: '1' }] },
              { __typename: 'Gallery', sections: [{ __typename: 'Section', id: '2' }] },
            ],
          },
        }),
      },
      {
        name: 'titles',
        sdl: 'type Section @key(fields: "id") { id: ID! title: String }',
        resolvers: { Section: { title: ({ id }: { id: string }) => `title ${id}` } },
      },
    ],
  });
  const query = `{ search {
    ... on Article { sections { title } } ... on Gallery { sections { id } } } }`;
  assert.deepEqual((await engine.run(query)).data, {
    search: [{ sections: [{ title: 'title 1' }] }, { sections: [{ id: '2' }] }],
  });
  assert.deepEqual(engine.calls[1]?.variables.representations, [{ __typename: 'Section', id: '1' }]);
});

test('refuses a variable called representations only where it would collide', async () => {
  const subgraphs: EngineSubgraph[] = [
    {
      name: 'products',
      sdl: `
        type Query { product(upc: ID!): Product }
        type Product @key(fields: "upc") { upc: ID! }`,
      resolvers: { Query: { product: (_: unknown, { upc }: { upc: string }) => ({ upc }) } },
    },
    {
      name: 'inventory',
      sdl: 'type Product @key(fields: "upc") { upc: ID! stock(place: ID): Int }',
      resolvers: { Product: { stock: () => 1 } },
    },
  ];
  const engine = createTestEngine({ subgraphs });
  const query = 'query ($representations: ID!) { product(upc: $representations) { stock } }';
  assert.deepEqual(await engine.run(query, { representations: '1' }), { data: { product: { stock: 1 } } });

  const colliding = 'query ($representations: ID!) { product(upc: "1") { stock(place: $representations) } }';
  const { data, errors } = await engine.run(colliding, { representations: '1' });
  assert.deepEqual(data, { product: { stock: null } });
  assert.equal(errors?.[0]?.extensions?.code, 'BAD_USER_INPUT');
  assert.equal(engine.calls.length, 1);
});
