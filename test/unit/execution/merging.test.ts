import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

const shared = 'type Size @shareable { w: Int h: Int d: Int }';

/** Two subgraphs that bring parts of one object: `w` and `h` from the first, `d` from the second. */
function parts(first: unknown, second: unknown): EngineSubgraph[] {
  return [
    {
      name: 'first',
      sdl: `
        type Query { box: Box }
        type Box @key(fields: "id") { id: ID! sizes: [Size] @shareable size: Size @shareable }
        type Size { w: Int @shareable h: Int @shareable }`,
      respond: () => ({ data: { box: { __typename: 'Box', id: '1', ...(first as object) } } }),
    },
    {
      name: 'second',
      sdl: `
        type Box @key(fields: "id") { id: ID! sizes: [Size] @shareable size: Size @shareable }
        type Size { d: Int @shareable }`,
      respond: () => ({ data: { _entities: [second] } }),
    },
  ];
}

test('merges objects that two subgraphs bring', async () => {
  const engine = createTestEngine({ subgraphs: parts({ size: { w: 1, h: 2 } }, { size: { d: 3 } }) });
  assert.deepEqual(await engine.run('{ box { size { d w h } } }'), {
    data: { box: { size: { d: 3, w: 1, h: 2 } } },
  });
});

test('merges lists of equal length by index, and replaces others', async () => {
  const query = '{ box { sizes { w d } } }';
  const equal = parts({ sizes: [{ w: 1 }, null, { w: 3 }] }, { sizes: [{ d: 7 }, { d: 8 }, { d: 9 }] });
  assert.deepEqual((await createTestEngine({ subgraphs: equal }).run(query)).data, {
    box: {
      sizes: [
        { w: 1, d: 7 },
        { w: null, d: 8 },
        { w: 3, d: 9 },
      ],
    },
  });
  const unequal = parts({ sizes: [{ w: 1 }] }, { sizes: [{ d: 7 }, { d: 8 }] });
  assert.deepEqual((await createTestEngine({ subgraphs: unequal }).run(query)).data, {
    box: {
      sizes: [
        { w: null, d: 7 },
        { w: null, d: 8 },
      ],
    },
  });
});

test('lets a later null win', async () => {
  const engine = createTestEngine({ subgraphs: parts({ size: { w: 1, h: 2 } }, { size: null }) });
  assert.deepEqual(await engine.run('{ box { size { d w } } }'), { data: { box: { size: null } } });
});

test('takes from a subgraph only what it was asked for, where the stock executor lets it overwrite', async () => {
  const subgraphs: EngineSubgraph[] = [
    {
      name: 'products',
      sdl: `
        type Query { product: Product }
        type Product @key(fields: "upc") { upc: ID! name: String price: Int }`,
      respond: () => ({ data: { product: { __typename: 'Product', upc: '1', name: 'Chair', price: 10 } } }),
    },
    {
      name: 'inventory',
      sdl: 'type Product @key(fields: "upc") { upc: ID! stock: Int }',
      respond: () => ({ data: { _entities: [{ stock: 4, price: 0, name: 'Mine', upc: '666' }] } }),
    },
  ];
  const engine = createTestEngine({ subgraphs });
  const query = '{ product { upc name price stock } }';
  assert.deepEqual(await engine.run(query), {
    data: { product: { upc: '1', name: 'Chair', price: 10, stock: 4 } },
  });
  const stock = await engine.runStock(query);
  assert.equal((stock.data?.product as { price: number } | undefined)?.price, 0);
  await engine.close();
});

test('does not take a field that was selected of another type', async () => {
  const subgraphs: EngineSubgraph[] = [
    {
      name: 'animals',
      sdl: `
        type Query { pet: Pet }
        interface Pet @key(fields: "id") { id: ID! name: String }
        type Cat implements Pet @key(fields: "id") { id: ID! name: String lives: Int }
        type Dog implements Pet @key(fields: "id") { id: ID! name: String tricks: Int }`,
      respond: () => ({ data: { pet: { __typename: 'Dog', id: '1', name: 'Rex', lives: 9, tricks: 2 } } }),
    },
    {
      name: 'vets',
      sdl: `
        type Cat @key(fields: "id") { id: ID! visits: Int }
        type Dog @key(fields: "id") { id: ID! visits: Int }`,
      respond: () => ({ data: { _entities: [{ __typename: 'Dog', visits: 5, tricks: 100 }] } }),
    },
  ];
  const engine = createTestEngine({ subgraphs });
  const query = `{ pet { name ... on Cat { lives visits } ... on Dog { tricks visits } } }`;
  assert.deepEqual(await engine.run(query), { data: { pet: { name: 'Rex', tricks: 2, visits: 5 } } });
});

test('merges root objects that two subgraphs bring in parallel', async () => {
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'a',
        sdl: `type Query { me: Me @shareable } type Me @shareable { a: Int }`,
        respond: () => ({ data: { me: { a: 1 } } }),
      },
      {
        name: 'b',
        sdl: `type Query { me: Me @shareable } type Me @shareable { b: Int }`,
        respond: () => ({ data: { me: { b: 2 } } }),
      },
    ],
  });
  assert.deepEqual(await engine.run('{ me { b a } }'), { data: { me: { b: 2, a: 1 } } });
});

test('gives back the client’s names where the planner gave aliases of its own', async () => {
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'search',
        sdl: `
          type Query { results: [Result] }
          union Result = Book | Box
          type Book { size: Int }
          type Box { size: Size }
          ${shared}`,
        resolvers: {
          Query: {
            results: () => [
              { __typename: 'Book', size: 300 },
              { __typename: 'Box', size: { w: 1 } },
            ],
          },
        },
      },
    ],
  });
  const query = '{ results { ... on Book { pages: size } ... on Box { box: size { w } } } }';
  assert.deepEqual(await engine.run(query), { data: { results: [{ pages: 300 }, { box: { w: 1 } }] } });
});

test('treats property names of JavaScript as data', async () => {
  const engine = createTestEngine({
    subgraphs: [
      {
        name: 'products',
        sdl: `
          type Query { product: Product }
          type Product @key(fields: "constructor") { constructor: ID! then: String toString: String plain: Int }`,
        respond: ({ query }) => {
          const proto = query.includes('__proto__:') ? '"__proto__":"p",' : '';
          const text = `{${proto}"__typename":"Product","constructor":"1","then":"later","plain":1}`;
          return { data: { product: JSON.parse(text) } };
        },
      },
      {
        name: 'inventory',
        sdl: 'type Product @key(fields: "constructor") { constructor: ID! hasOwnProperty: Int }',
        resolvers: { Product: { hasOwnProperty: () => 5 } },
      },
    ],
  });
  const query = '{ product { constructor then toString __proto__: then hasOwnProperty valueOf: plain } }';
  const { data } = await engine.run(query);
  assert.equal(
    JSON.stringify(data),
    '{"product":{"constructor":"1","then":"later","toString":null,"__proto__":"p","hasOwnProperty":5,"valueOf":null}}',
  );
  assert.equal(Object.getPrototypeOf(data?.product), Object.prototype);
});
