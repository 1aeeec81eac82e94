import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { CODES, type Code } from '../../src/errors/codes.ts';
import { createTestGateway, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

/**
 * What a client sees of a subgraph whose answers are JSON but not what was asked for. What is no answer at all is in
 * `subgraph-failures.test.ts`. One process serves all cases: that it lives is part of each.
 */

/** What the misbehaving subgraph answers next, as the text of its body. */
let nextAnswer = '';

let catalog: TestSubgraph;
let stock: TestSubgraph;
const gateways = new Map<string, TestGateway>();
const ENGINES = ['tributary', 'apollo'] as const;
type EngineName = (typeof ENGINES)[number];

before(async () => {
  catalog = await createTestSubgraph({
    name: 'catalog',
    sdl: `type Query { items: [Item] pair: [Item!] }
      type Item @key(fields: "id") { id: ID! name: String }`,
    resolvers: {
      Query: { items: () => ITEMS, pair: () => ITEMS.slice(0, 2) },
    },
  });
  stock = await createTestSubgraph({
    name: 'stock',
    sdl: `type Query { report: Report thing: Thing }
      type Item @key(fields: "id") {
        id: ID! count: Int label: String! weight: Float state: State isNew: Boolean tags: [String!] maker: Maker
        constructor: String
      }
      type Maker { id: ID! name: String }
      type Report { title: String! total: Int pages: [Page] }
      type Page { number: Int }
      union Thing = Report | Page
      enum State { OPEN CLOSED }`,
    respond: (_request, response) =>
      response.writeHead(200, { 'content-type': 'application/json' }).end(nextAnswer),
  });
  for (const engine of ENGINES) {
    const yaml = `engine: ${engine}\nsubgraphs: { all: { breaker: { enabled: false } } }`;
    gateways.set(engine, await createTestGateway({ subgraphs: [catalog, stock], yaml }));
  }
});

after(async () => {
  for (const gateway of gateways.values()) await gateway[Symbol.asyncDispose]();
  await catalog[Symbol.asyncDispose]();
  await stock[Symbol.asyncDispose]();
});

const ITEMS = ['1', '2', '3'].map((id) => ({ id, name: `item ${id}` }));

const errorAt = (path: readonly (string | number)[], code: Code = 'SUBGRAPH_INVALID_RESPONSE') => ({
  message: CODES[code].message,
  path,
  extensions: { code },
});

/** Asks while the subgraph answers with `answer`, and then once while it behaves. */
async function ask(engine: EngineName, query: string, answer: string) {
  const gateway = gateways.get(engine) as TestGateway;
  nextAnswer = answer;
  const { status, text, body } = await gateway.query(query);
  assert.equal(status, 200, text.slice(0, 300));
  nextAnswer = '{"data":{"_entities":[{"__typename":"Item","count":1},{"__typename":"Item","count":2}]}}';
  const next = await gateway.query('{ pair { count } }');
  assert.deepEqual(next.body, { data: { pair: [{ count: 1 }, { count: 2 }] } });
  assert.equal(Object.keys(Object.prototype).length, 0);
  return { text, body };
}

const entities = (...list: unknown[]) => JSON.stringify({ data: { _entities: list } });
const item = (fields: Record<string, unknown>) => ({ __typename: 'Item', ...fields });
const counts = (...values: unknown[]) => values.map((count) => item({ count }));

interface Case {
  readonly name: string;
  readonly answer: string;
  /** What `count` of the three items comes to. */
  readonly counts: readonly (number | null)[];
  /** Places of `SUBGRAPH_INVALID_RESPONSE`. */
  readonly invalid?: readonly number[];
  /** The engines that answer so; where it is ours alone, stock is wrong or says less. */
  readonly engines?: readonly EngineName[];
}

const OURS = ['tributary'] as const;

const ENTITY_CASES: readonly Case[] = [
  {
    name: 'fewer entities',
    answer: entities(...counts(1, 2)),
    counts: [1, 2, null],
    invalid: [2],
    engines: OURS,
  },
  { name: 'no entities', answer: entities(), counts: [null, null, null], invalid: [0, 1, 2], engines: OURS },
  { name: 'more entities', answer: entities(...counts(1, 2, 3, 4, 5)), counts: [1, 2, 3], engines: OURS },
  { name: 'null in place of an entity', answer: entities(null, ...counts(2, 3)), counts: [null, 2, 3] },
  { name: 'null in place of each', answer: entities(null, null, null), counts: [null, null, null] },
  { name: 'entities in another order', answer: entities(...counts(3, 1, 2)), counts: [3, 1, 2] },
  {
    name: '`_entities` null',
    answer: '{"data":{"_entities":null}}',
    counts: [null, null, null],
    invalid: [0, 1, 2],
    engines: OURS,
  },
  {
    name: '`_entities` missing',
    answer: '{"data":{}}',
    counts: [null, null, null],
    invalid: [0, 1, 2],
    engines: OURS,
  },
  {
    name: '`_entities` as an object',
    answer: '{"data":{"_entities":{"count":1}}}',
    counts: [null, null, null],
    invalid: [0, 1, 2],
    engines: OURS,
  },
  {
    name: '`_entities` as a string',
    answer: '{"data":{"_entities":"abc"}}',
    counts: [null, null, null],
    invalid: [0, 1, 2],
    engines: OURS,
  },
  {
    name: 'a string, a list and a number as entities',
    answer: entities('x', [1], 7),
    counts: [null, null, null],
    invalid: [0, 1, 2],
    engines: OURS,
  },
  {
    name: 'the name of another type',
    answer: entities({ __typename: 'Maker', count: 1 }, ...counts(2, 3)),
    counts: [null, 2, 3],
    invalid: [0],
    engines: OURS,
  },
  {
    name: 'the name of no type',
    answer: entities({ __typename: 'Ghost', count: 1 }, ...counts(2, 3)),
    counts: [null, 2, 3],
    invalid: [0],
    engines: OURS,
  },
  {
    name: 'a type name that is a number',
    answer: entities({ __typename: 7, count: 1 }, ...counts(2, 3)),
    counts: [null, 2, 3],
    invalid: [0],
    engines: OURS,
  },
  {
    name: 'fields of another subgraph',
    answer: entities(...[1, 2, 3].map((count) => item({ count, id: '9', name: 'stolen', items: [] }))),
    counts: [1, 2, 3],
    engines: OURS,
  },
  {
    name: '`__proto__` and `constructor` keys',
    answer: `{"data":{"_entities":[${[1, 2, 3].map((count) => `{"__typename":"Item","__proto__":{"count":9,"name":"polluted"},"constructor":{"prototype":{"count":9}},"count":${count}}`).join(',')}],"__proto__":{"_entities":[]},"constructor":1},"__proto__":{"data":null}}`,
    counts: [1, 2, 3],
  },
  {
    name: 'a count that comes by `__proto__` alone',
    answer: '{"data":{"_entities":[{"__typename":"Item","__proto__":{"count":9}},null,null]}}',
    counts: [null, null, null],
  },
  {
    name: 'a string for Int',
    answer: entities(...counts('1', 2, 3)),
    counts: [null, 2, 3],
    invalid: [0],
    engines: OURS,
  },
  {
    name: 'a fraction and a number too large for Int',
    answer: entities(...counts(1.5, 2_147_483_648, 3)),
    counts: [null, null, 3],
    invalid: [0, 1],
    engines: OURS,
  },
  {
    name: 'a list and an object for Int',
    answer: entities(...counts([1], { count: 1 }, 3)),
    counts: [null, null, 3],
    invalid: [0, 1],
  },
];

for (const { name, answer, counts: expected, invalid = [], engines = ENGINES } of ENTITY_CASES) {
  for (const engine of engines) {
    test(`${name} (${engine})`, async () => {
      const { body } = await ask(engine, '{ items { id name count } }', answer);
      assert.deepEqual(body, {
        data: { items: ITEMS.map((fields, index) => ({ ...fields, count: expected[index] })) },
        ...(invalid.length === 0
          ? {}
          : { errors: invalid.map((index) => errorAt(['items', index, 'count'])) }),
      });
    });
  }
}

/** A field of the first of three items: its JSON, and what the client sees; undefined means null and an error. */
const LEAVES: readonly [string, string, unknown][] = [
  ['weight', '"1.5"', undefined],
  ['weight', '1e400', undefined],
  ['weight', 'true', undefined],
  ['weight', '2', 2],
  ['state', '"LOST"', undefined],
  ['state', '"__proto__"', undefined],
  ['state', '0', undefined],
  ['isNew', '"true"', undefined],
  ['isNew', '1', undefined],
  ['tags', '"one"', undefined],
  ['tags', '{"0":"one","length":1}', undefined],
  ['constructor', '7', undefined],
  ['constructor', '"built"', 'built'],
];

for (const [field, json, expected] of LEAVES) {
  test(`${json} for ${field}`, async () => {
    const { body } = await ask(
      'tributary',
      `{ items { id ${field} } }`,
      `{"data":{"_entities":[{"__typename":"Item","${field}":${json}},null,null]}}`,
    );
    assert.deepEqual(
      body.data.items.map((fields: Record<string, unknown>) => fields[field]),
      [expected ?? null, null, null],
    );
    assert.deepEqual(body.errors, expected === undefined ? [errorAt(['items', 0, field])] : undefined);
  });
}

for (const engine of ENGINES) {
  test(`null in a non-null field makes the nearest nullable object null (${engine})`, async () => {
    const answer = entities(item({ label: null }), item({ label: 'two' }), item({}));
    const { body } = await ask(engine, '{ items { id label } }', answer);
    assert.deepEqual(body.data, { items: [null, { id: '2', label: 'two' }, null] });
    const codes = new Set(body.errors.map(({ extensions }: ReturnType<typeof errorAt>) => extensions.code));
    assert.deepEqual(codes, new Set(['SUBGRAPH_INVALID_RESPONSE']));
    assert.equal(body.errors.length, 2);
  });
}

test('a null item of a list of non-null items makes the list null', async () => {
  const answer = entities(item({ tags: ['a', null] }), item({ tags: ['b'] }), null);
  const { body } = await ask('tributary', '{ items { tags } }', answer);
  assert.deepEqual(body, {
    data: { items: [{ tags: null }, { tags: ['b'] }, { tags: null }] },
    errors: [errorAt(['items', 0, 'tags', 1])],
  });
});

test('a null that bubbles up to the root leaves data null and one error', async () => {
  const answer = entities(item({ label: 'one' }), item({ label: 2 }));
  const { body } = await ask('tributary', '{ pair { label } }', answer);
  assert.deepEqual(body, { data: { pair: null }, errors: [errorAt(['pair', 1, 'label'])] });
});

test('what is there by inheritance alone is not there', async () => {
  const { body } = await ask(
    'tributary',
    '{ items { constructor } }',
    entities(item({}), item({}), item({})),
  );
  assert.deepEqual(body, { data: { items: ITEMS.map(() => ({ constructor: null })) } });
});

test('aliases like `__proto__` and `constructor` are own properties of the answer', async () => {
  const query = '{ items { __proto__: count toString: name constructor then: id } }';
  const answer = `{"data":{"_entities":[${[1, 2, 3].map((count) => `{"__typename":"Item","__proto__":${count},"constructor":"c"}`).join(',')}]}}`;
  const { text } = await ask('tributary', query, answer);
  const expected = ITEMS.map(
    ({ id, name }) => `{"__proto__":${id},"toString":"${name}","constructor":"c","then":"${id}"}`,
  );
  assert.equal(text, `{"data":{"items":[${expected.join(',')}]}}`);
});

const ROOTS: readonly [string, string, unknown, readonly (readonly (string | number)[])[]][] = [
  ['a list for an object', '{"report":[]}', { report: null }, [['report']]],
  ['a string for an object', '{"report":"x"}', { report: null }, [['report']]],
  [
    'an object for a list',
    '{"report":{"title":"t","pages":{"0":{}}}}',
    { report: { title: 't', pages: null } },
    [['report', 'pages']],
  ],
  [
    'a scalar in a list of objects',
    '{"report":{"title":"t","pages":[{"number":1},7]}}',
    { report: { title: 't', pages: [{ number: 1 }, null] } },
    [['report', 'pages', 1]],
  ],
  [
    'null for a non-null root field’s field',
    '{"report":{"title":null,"pages":[]}}',
    { report: null },
    [['report', 'title']],
  ],
  ['nothing of what was asked', '{"other":1}', { report: null }, []],
];

for (const [name, data, expected, paths] of ROOTS) {
  test(`at the root: ${name}`, async () => {
    const { body } = await ask('tributary', '{ report { title pages { number } } }', `{"data":${data}}`);
    assert.deepEqual(body.data, expected);
    assert.deepEqual(
      body.errors ?? [],
      paths.map((path) => errorAt(path)),
    );
  });
}

for (const [typename, isRight] of [
  ['Report', true],
  ['Item', false],
  ['Ghost', false],
  ['__proto__', false],
] as const) {
  test(`a union with the type name ${typename}`, async () => {
    const query = '{ thing { __typename ... on Report { title } } }';
    const answer = `{"data":{"thing":{"__typename":"${typename}","title":"t"}}}`;
    const { body } = await ask('tributary', query, answer);
    assert.deepEqual(
      body,
      isRight
        ? { data: { thing: { __typename: 'Report', title: 't' } } }
        : { data: { thing: null }, errors: [errorAt(['thing'])] },
    );
  });
}

for (const engine of ENGINES) {
  for (const place of ['data', 'errors', 'extensions']) {
    test(`100,000 levels of JSON in \`${place}\` (${engine})`, async () => {
      const deep = `${'[{"a":'.repeat(50_000)}null${'}]'.repeat(50_000)}`;
      const answer =
        place === 'data'
          ? `{"data":{"_entities":${deep}}}`
          : `{"data":{"_entities":[null,null,null]},"${place}":${deep}}`;
      const { body } = await ask(engine, '{ items { id count } }', answer);
      assert.deepEqual(body.data, { items: ITEMS.map(({ id }) => ({ id, count: null })) });
      const codes = body.errors.map(({ extensions }: ReturnType<typeof errorAt>) => extensions.code);
      assert.deepEqual(new Set(codes), new Set(['SUBGRAPH_INVALID_RESPONSE']));
    });
  }

  test(`errors that are no errors (${engine})`, async () => {
    const errors = [
      null,
      7,
      'x',
      [],
      { path: 'items' },
      { message: { deep: 1 }, path: [{}] },
      { message: 'm', extensions: 'x' },
    ];
    const answer = JSON.stringify({ data: { _entities: counts(1, 2, 3) }, errors });
    const { body } = await ask(engine, '{ items { count } }', answer);
    assert.deepEqual(body.data, { items: [1, 2, 3].map((count) => ({ count })) });
    for (const { extensions, message } of body.errors) {
      assert.deepEqual([extensions.code, message], ['SUBGRAPH_ERROR', CODES.SUBGRAPH_ERROR.message]);
    }
  });
}

test('100,000 errors about entities are listed up to the limit, each at its place', async () => {
  const errors = Array.from({ length: 100_000 }, (_, index) => ({
    message: 'broken',
    path: ['_entities', index % 3, 'count'],
  }));
  const answer = JSON.stringify({ data: { _entities: counts(null, null, null) }, errors });
  const { body } = await ask('tributary', '{ items { count } }', answer);
  assert.deepEqual(body.data, { items: ITEMS.map(() => ({ count: null })) });
  assert.deepEqual(body.errors[0], errorAt(['items', 0, 'count'], 'SUBGRAPH_ERROR'));
  assert.ok(body.errors.length <= 101);
});

for (const [steps, step] of [
  [300_000, 0],
  [300_000, 'tags'],
  [900, 0],
] as const) {
  test(`errors whose paths have ${steps} steps of ${JSON.stringify(step)} cost little and are cut`, async () => {
    const path = ['_entities', 0, 'tags', ...Array.from({ length: steps }, () => step)];
    const answer = JSON.stringify({
      // The second item makes completion compare its own error with those that are told.
      data: { _entities: [item({ tags: null }), item({ tags: 'x' }), null] },
      errors: Array.from({ length: steps > 1_000 ? 1 : 1_000 }, (_, index) => ({
        message: 'broken',
        path: [...path, index],
      })),
    });
    const { body, text } = await ask('tributary', '{ items { tags } }', answer);
    assert.deepEqual(body.data, { items: [{ tags: null }, { tags: null }, { tags: null }] });
    const codes = body.errors.map(({ extensions }: ReturnType<typeof errorAt>) => extensions.code);
    assert.ok(codes.includes('SUBGRAPH_ERROR'));
    assert.ok(text.length < 50_000, `${text.length} characters reached the client`);
  });
}

test('a name that stands twice counts as its last value', async () => {
  const answer =
    '{"data":{"_entities":[]},"data":{"_entities":[{"__typename":"Item","count":1,"count":2},null,null]}}';
  const { body } = await ask('tributary', '{ items { count } }', answer);
  assert.deepEqual(body, { data: { items: [{ count: 2 }, { count: null }, { count: null }] } });
});
