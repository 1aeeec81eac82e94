import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { RequestError } from '../../../src/errors/errors.ts';
import { actualCost, findLongLists } from '../../../src/limits/cost/actual-cost.ts';
import { breakDownCost, dearestField } from '../../../src/limits/cost/estimate-cost.ts';
import { MOST_POINTS } from '../../../src/limits/cost/saturating.ts';
import { compileTestCost, createTestCostModel, estimateQuery } from '../../kit/cost-model.ts';

const COST = `
  directive @cost(weight: Int!) on ARGUMENT_DEFINITION | FIELD_DEFINITION | OBJECT | SCALAR | ENUM
  directive @listSize(assumedSize: Int, slicingArguments: [String!], sizedFields: [String!]) on FIELD_DEFINITION
`;
const model = createTestCostModel(`${COST}
  scalar Dear @cost(weight: 2)
  type Free @cost(weight: 0) { name: String }
  interface Animal { name: String friend: Animal }
  type Cat implements Animal { name: String friend: Cat meow: String @cost(weight: 5) }
  type Dog implements Animal @cost(weight: 3) { name: String @cost(weight: 1) friend: Animal bark: String @cost(weight: 7) }
  union Pet = Cat | Dog
  input Page { first: Int }
  type Edge { node: Cat }
  type Connection { edges: [Edge] nodes: [Cat] total: Int }
  type Query {
    free: Free
    dear: Dear
    dears: [Dear] @listSize(assumedSize: 3)
    cats: [Cat]
    assumed: [Cat] @listSize(assumedSize: 4)
    sliced(first: Int = 7, last: Int): [Cat] @listSize(assumedSize: 4, slicingArguments: ["first", "last"])
    paged(page: Page): [Cat] @listSize(slicingArguments: ["page.first"])
    named(ids: [ID!]!): [Cat] @listSize(assumedSize: 100)
    filtered(ids: [ID!]): [Cat] @listSize(assumedSize: 6)
    connection(first: Int! = 5): Connection @cost(weight: 2) @listSize(slicingArguments: ["first"], sizedFields: ["edges", "nodes"])
    matrix: [[Cat]] @listSize(assumedSize: 3)
    weighed(by: Int @cost(weight: 9)): Int
    animal: Animal
    pets: [Pet] @listSize(assumedSize: 2)
  }
  type Mutation { change: Cat  heavy: Cat @cost(weight: 50) }
`);
const estimate = (query: string, variables = {}) => estimateQuery(model, query, variables);
const actual = (query: string, data: Record<string, unknown> | null, variables = {}) =>
  actualCost(compileTestCost(model, query), variables, data);

describe('the estimate', () => {
  const cases: readonly (readonly [string, string, number, Record<string, unknown>?])[] = [
    ['an object is 1, a scalar nothing', '{ animal { name: __typename } }', 3],
    ['__typename is nothing', '{ __typename }', 0],
    ['introspection is 10 whatever it selects', '{ __schema { types { name fields { name } } } }', 10],
    ['weights of types', '{ free { name } dear dears }', 0 + 2 + 6],
    ['a list of which nothing is said has 10', '{ cats { name } }', 10],
    ['assumedSize', '{ assumed { name } }', 4],
    ['a slicing argument', '{ sliced(first: 3) { name } }', 3],
    ['the greatest of several slicing arguments', '{ sliced(first: 3, last: 9) { name } }', 9],
    ['the default of a slicing argument', '{ sliced { name } }', 7],
    ['a slicing argument that is null', '{ sliced(first: null) { name } }', 4],
    ['a variable', 'query ($n: Int) { sliced(first: $n) { name } }', 20, { n: 20 }],
    ['a variable that is left out', 'query ($n: Int) { sliced(first: $n) { name } }', 7],
    ['the default of a variable', 'query ($n: Int = 2) { sliced(first: $n) { name } }', 2],
    ['nothing below none', '{ sliced(first: -5) { name } }', 0],
    ['an argument inside an input', 'query ($p: Page) { paged(page: $p) { name } }', 8, { p: { first: 8 } }],
    ['an argument inside an input that is null', '{ paged(page: null) { name } }', 10],
    ['the length of a list that has to be given', '{ named(ids: ["a", "b"]) { name } }', 2],
    ['one value for a list', 'query ($id: ID!) { named(ids: [$id]) { name } }', 1, { id: 'a' }],
    ['not the length of a list that filters', '{ filtered(ids: ["a"]) { name } }', 6],
    ['edges', '{ connection { edges { node { name } } } }', 2 + 1 + 5 * 2],
    ['nodes as edges', '{ connection { nodes { name } } }', 2 + 1 + 5],
    ['lists in lists', '{ matrix { name } }', 30],
    ['weights of arguments that are given', '{ weighed(by: 1) again: weighed }', 9],
    ['a mutation is 10', 'mutation { change { name } }', 11],
    ['unless it says otherwise', 'mutation { heavy { name } }', 51],
    ['a field twice is answered once', '{ cats { meow } cats { meow name } }', 60],
    ['aliases each', '{ a: cats { name } b: cats { name } }', 20],
    ['an abstract type is the dearest of its types', '{ animal { friend { friend { __typename } } } }', 9],
    ['fragments: the dearest type', '{ pets { ... on Cat { meow } ... on Dog { bark } } }', 2 * (3 + 7)],
    ['a field of an interface weighs as in the dearest type', '{ animal { name } }', 3 + 1],
    [
      'what is selected of all and of one together',
      '{ animal { friend { __typename } ... on Cat { friend { meow } } ... on Dog { bark } } }',
      3 + Math.max(3 + 5, 3 + 7),
    ],
    ['a fragment that is spread twice', '{ cats { ...F ...F } } fragment F on Cat { meow }', 60],
    ['@skip and @include as written', '{ cats @skip(if: true) { name } dear @include(if: true) }', 2],
    ['@include by variable', 'query ($a: Boolean!) { cats @include(if: $a) { name } }', 10, { a: true }],
    ['@include by variable, not', 'query ($a: Boolean!) { cats @include(if: $a) { name } }', 0, { a: false }],
    ['@skip by a default', 'query ($a: Boolean = true) { ... @skip(if: $a) { cats { name } } }', 0],
    [
      'a field with and without a condition',
      'query ($a: Boolean!) { cats @include(if: $a) { meow } cats { name } }',
      10,
      { a: false },
    ],
  ];
  for (const [name, query, points, variables] of cases) {
    it(`${name}: ${points}`, () => {
      assert.equal(estimate(query, variables), points);
    });
  }

  it('is never beyond what an Int holds', () => {
    const deep = '{ sliced(first: 2147483647) { friend { friend { friend { meow } } } } }';
    assert.equal(estimate(deep), MOST_POINTS);
    const wide = '{ sliced(first: 1000000) { friend { meow } } }';
    const dearest = dearestField(breakDownCost(compileTestCost(model, wide), {}));
    assert.deepEqual(dearest?.path, ['sliced', 'friend', 'meow']);
    assert.equal(estimate('query ($n: Int) { sliced(first: $n) { name } }', { n: Number.NaN }), 4);
    assert.equal(
      estimate('query ($n: Int) { sliced(first: $n) { name } }', { n: Number.POSITIVE_INFINITY }),
      MOST_POINTS,
    );
  });

  it('refuses fragments that multiply beyond measure', () => {
    const level = (below: string) =>
      `friend { __typename ... on Animal { ${below} } } ... on Cat { friend { ${below} } } ... on Dog { friend { ${below} } }`;
    let query = 'name';
    for (let depth = 0; depth < 9; depth += 1) query = level(query);
    assert.throws(
      () => estimate(`{ animal { ${query} } }`),
      (error) => error instanceof RequestError && error.code === 'QUERY_TOO_COMPLEX',
    );
  });
});

describe('the actual cost', () => {
  it('counts what is there', () => {
    assert.equal(actual('{ cats { meow } }', { cats: [{ meow: 'a' }, null, { meow: null }] }), 12);
    assert.equal(actual('{ connection { nodes { name } total } }', { connection: { nodes: [{}] } }), 4);
    assert.equal(actual('{ dears }', { dears: [1, null, 2] }), 4);
    assert.equal(actual('{ matrix { name } }', { matrix: [[{}, {}], [{}], null] }), 3);
    assert.equal(actual('{ weighed(by: 1) }', { weighed: null }), 9);
  });

  it('tells types apart by what is answered of them', () => {
    const query = '{ pets { ... on Cat { meow } ... on Dog { bark } } }';
    assert.equal(actual(query, { pets: [{ meow: 'x' }, { bark: 'x' }] }), 3 + 5 + 3 + 7);
  });

  it('is the weight of the root fields when there are no data', () => {
    assert.equal(actual('mutation { heavy { name } change { name } }', null), 60);
  });

  it('does not take a name of Object.prototype for an answer', () => {
    assert.equal(actual('{ constructor: weighed(by: 1) }', {}), 0);
  });

  it('names the lists that were longer than was said', () => {
    const query = '{ assumed { friend { name } } cats { name } }';
    const data = { assumed: Array.from({ length: 5 }, () => ({ friend: {} })), cats: [{}] };
    assert.deepEqual(findLongLists(compileTestCost(model, query), {}, data), ['Query.assumed']);
  });
});
