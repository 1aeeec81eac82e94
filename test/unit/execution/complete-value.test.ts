import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTestEngine } from '../../kit/engine.ts';

const INVALID = {
  message: 'A subgraph gave an answer that does not fit the schema.',
  extensions: { code: 'SUBGRAPH_INVALID_RESPONSE' },
};

/** One subgraph that answers what it is told to. */
function engineOf(sdl: string, data: unknown) {
  return createTestEngine({ subgraphs: [{ name: 'only', sdl, respond: () => ({ data }) }] });
}

const LEAVES = `
  scalar Anything
  enum Colour { RED GREEN SECRET @inaccessible }
  type Query { item: Item }
  type Item { string: String int: Int float: Float boolean: Boolean id: ID colour: Colour any: Anything }`;
const LEAF_QUERY = '{ item { string int float boolean id colour any } }';

test('passes leaves on that fit their type', async () => {
  const item = {
    string: 's',
    int: -5,
    float: 1.5,
    boolean: false,
    id: 'a',
    colour: 'RED',
    any: { nested: [1, null] },
  };
  assert.deepEqual(await engineOf(LEAVES, { item }).run(LEAF_QUERY), { data: { item } });
  const { data } = await engineOf(LEAVES, { item: { float: 3, id: 12, int: 2147483647 } }).run(LEAF_QUERY);
  assert.deepEqual(data?.item, {
    string: null,
    int: 2147483647,
    float: 3,
    boolean: null,
    id: '12',
    colour: null,
    any: null,
  });
});

test('nulls each leaf that does not fit its type, with one error, and keeps the rest', async () => {
  const item = { string: 1, int: 2147483648, float: '1.5', boolean: 0, id: 1.5, colour: 'SECRET', any: 1 };
  const engine = engineOf(LEAVES, { item });
  const { data, errors } = await engine.run(LEAF_QUERY);
  assert.deepEqual(data?.item, {
    string: null,
    int: null,
    float: null,
    boolean: null,
    id: null,
    colour: null,
    any: 1,
  });
  assert.deepEqual(
    errors,
    ['string', 'int', 'float', 'boolean', 'id', 'colour'].map((name) => ({
      ...INVALID,
      path: ['item', name],
    })),
  );
  const stock = await engine.runStock('{ item { colour } }');
  assert.equal(stock.errors, undefined);
  await engine.close();
});

const NESTED = `
  type Query { box: Box boxes: [Box] strict: Box! grid: [[Int!]] }
  type Box { name: String! inner: Box innerStrict: Box! tags: [String!]! }`;

test('bubbles a null to the next nullable place, one error for each origin', async () => {
  const box = { name: 'a', inner: { name: null, tags: ['x'] }, tags: ['x', null] };
  const engine = engineOf(NESTED, { box, boxes: [{ name: 'b' }, { name: null }, null] });
  assert.deepEqual(await engine.run('{ box { name inner { tags name } } }'), {
    data: { box: { name: 'a', inner: null } },
    errors: [{ ...INVALID, path: ['box', 'inner', 'name'] }],
  });
  assert.deepEqual(await engine.run('{ box { name tags } boxes { name } }'), {
    data: { box: null, boxes: [{ name: 'b' }, null, null] },
    errors: [
      { ...INVALID, path: ['box', 'tags', 1] },
      { ...INVALID, path: ['boxes', 1, 'name'] },
    ],
  });
});

test('says why data are null, which the stock executor keeps from `errors`', async () => {
  const engine = engineOf(NESTED, { strict: { innerStrict: { name: null } } });
  const query = '{ strict { innerStrict { name } } }';
  assert.deepEqual(await engine.run(query), {
    data: null,
    errors: [{ ...INVALID, path: ['strict', 'innerStrict', 'name'] }],
  });
  const stock = await engine.runStock(query);
  assert.deepEqual([stock.data, stock.errors], [null, undefined]);
  await engine.close();
});

test('nulls a field whose value is no list, where the stock executor loses the whole response', async () => {
  const engine = engineOf(NESTED, {
    boxes: { name: 'no list' },
    box: { name: 'kept', tags: [] },
    grid: [[1], 2],
  });
  const query = '{ box { name tags } boxes { name } grid }';
  assert.deepEqual(await engine.run(query), {
    data: { box: { name: 'kept', tags: [] }, boxes: null, grid: [[1], null] },
    errors: [
      { ...INVALID, path: ['boxes'] },
      { ...INVALID, path: ['grid', 1] },
    ],
  });
  assert.equal((await engine.runStock(query)).data, undefined);
  await engine.close();
});

test('nulls a list or a leaf where an object belongs', async () => {
  const engine = engineOf(NESTED, { box: [{ name: 'a' }], boxes: ['text', [], { name: 'b' }] });
  assert.deepEqual(await engine.run('{ box { name } boxes { name } }'), {
    data: { box: null, boxes: [null, null, { name: 'b' }] },
    errors: [
      { ...INVALID, path: ['box'] },
      { ...INVALID, path: ['boxes', 0] },
      { ...INVALID, path: ['boxes', 1] },
    ],
  });
});

const SEARCH = `
  type Query { results: [Result] nodes: [Node] }
  union Result = Book | Film | Hidden
  interface Node { id: ID }
  interface Titled { title: String }
  type Book implements Node & Titled { id: ID title: String pages: Int }
  type Film implements Node & Titled { id: ID title: String minutes: Int }
  type Hidden implements Node @inaccessible { id: ID }`;
const BOOK = { __typename: 'Book', id: '1', title: 'A', pages: 3 };
const FILM = { __typename: 'Film', id: '2', title: 'B', minutes: 90 };

test('applies fragments by the type of the object, its interfaces and its unions', async () => {
  const engine = engineOf(SEARCH, { results: [BOOK, FILM], nodes: [FILM] });
  const query = `query {
    results { ... on Book { pages } ...T t: __typename ... on Result { __typename } }
    nodes { ... on Book { pages } ... on Titled { title } id ... { id } }
  }
  fragment T on Titled { title ... on Film { minutes } }`;
  assert.equal(
    JSON.stringify((await engine.run(query)).data),
    JSON.stringify({
      results: [
        { pages: 3, title: 'A', t: 'Book', __typename: 'Book' },
        { title: 'B', minutes: 90, t: 'Film', __typename: 'Film' },
      ],
      nodes: [{ title: 'B', id: '2' }],
    }),
  );
});

test('answers an empty object when no fragment matches', async () => {
  const engine = engineOf(SEARCH, { results: [FILM] });
  assert.deepEqual(await engine.run('{ results { ... on Book { pages } } }'), { data: { results: [{}] } });
});

test('nulls objects of a type that nobody knows, may not be known, or does not belong there', async () => {
  const engine = engineOf(SEARCH, {
    results: [
      { __typename: 'Nobody' },
      { __typename: 'Hidden' },
      { __typename: 'Query' },
      { title: 'no type' },
      BOOK,
    ],
  });
  const { data, errors } = await engine.run('{ results { ... on Titled { title } } }');
  assert.deepEqual(data, { results: [null, null, null, null, { title: 'A' }] });
  assert.deepEqual(
    errors,
    [0, 1, 2, 3].map((index) => ({ ...INVALID, path: ['results', index] })),
  );
});

test('merges fields that are selected several times, in the order of their first appearance', async () => {
  const engine = engineOf(NESTED, {
    box: { name: 'a', tags: ['t'], inner: { name: 'b', n: 'b', tags: [] } },
  });
  const query = `query {
    box { inner { name } name ...F }
    box { inner { tags } }
  }
  fragment F on Box { tags inner { n: name } }`;
  assert.equal(
    JSON.stringify((await engine.run(query)).data),
    '{"box":{"inner":{"name":"b","n":"b","tags":[]},"name":"a","tags":["t"]}}',
  );
});
