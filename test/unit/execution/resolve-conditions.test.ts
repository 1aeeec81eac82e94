import assert from 'node:assert/strict';
import { test } from 'node:test';
import { getOperationAST, parse, print } from 'graphql';
import { OperationConditions } from '../../../src/execution/operation-conditions.ts';
import { resolveConditions, selectTypenames } from '../../../src/execution/resolve-conditions.ts';
import { createTestEngine } from '../../kit/engine.ts';

function resolve(query: string, variables: Record<string, unknown> = {}) {
  const document = parse(query);
  const operation = getOperationAST(document);
  assert.ok(operation != null);
  const conditions = new OperationConditions(document, operation);
  return resolveConditions({ document, operation }, conditions, conditions.evaluate(variables)).document;
}

const oneLine = (document: ReturnType<typeof resolve>) => print(document).replace(/\s+/g, ' ');

test('leaves a document without conditions as it is', () => {
  const document = parse('{ a }');
  const operation = getOperationAST(document);
  assert.ok(operation != null);
  const source = { document, operation };
  assert.deepEqual(resolveConditions(source, new OperationConditions(document, operation), ''), source);
});

test('takes away what is skipped, fragments that are left empty, and the conditions themselves', () => {
  const query = `query ($yes: Boolean = true, $no: Boolean!) {
    a @include(if: $yes) b @skip(if: $yes) c @skip(if: $no) @include(if: $yes) d @include(if: false)
    ...Gone ... @skip(if: $no) { e ...Kept @tag(name: "x") } ... on T { f @include(if: $no) }
  }
  fragment Gone on T { g @include(if: $no) ...AlsoGone }
  fragment AlsoGone on T { h @skip(if: true) }
  fragment Kept on T { i j @skip(if: $yes) }`;
  assert.equal(
    oneLine(resolve(query, { no: false })),
    'query ($yes: Boolean = true, $no: Boolean!) { a c ... { e ...Kept @tag(name: "x") } } fragment Kept on T { i }',
  );
});

test('keeps a field of which nothing is left; for the planner it selects the type’s name', () => {
  const document = resolve(
    'query ($no: Boolean = false) { a { b @include(if: $no) } c { ...F } } fragment F on T { d @skip(if: true) }',
  );
  const operation = getOperationAST(document);
  assert.equal(operation?.selectionSet.selections.length, 2);
  assert.equal(
    oneLine(selectTypenames(document)),
    'query ($no: Boolean = false) { a { __typename } c { __typename } }',
  );
});

const engine = createTestEngine({
  subgraphs: [
    {
      name: 'products',
      sdl: `
        type Query { list: [Thing!]! product: Product }
        union Thing = Product | Service
        type Service { name: String }
        type Product @key(fields: "upc") { upc: ID! name: String weight: Int }`,
      resolvers: {
        Query: {
          list: () => [{ __typename: 'Product', upc: '1', weight: 2 }],
          product: () => ({ upc: '1', name: 'Chair' }),
        },
      },
    },
    {
      name: 'inventory',
      sdl: `type Product @key(fields: "upc") {
        upc: ID! stock: Int weight: Int @external shipping: Int @requires(fields: "weight") }`,
      resolvers: { Product: { stock: () => 4, shipping: ({ weight }: { weight: number }) => weight * 2 } },
    },
  ],
});

for (const [name, query, expected] of [
  [
    'a field stands although all that is selected of it is skipped',
    'query ($a: Boolean = true, $b: Boolean = false) { product @include(if: $a) { name @include(if: $b) } }',
    { product: {} },
  ],
  [
    'a condition of one field is not one of its neighbour in another fragment',
    'query ($no: Boolean = false) { list { ... on Product { stock } ... on Product { shipping @include(if: $no) } } }',
    { list: [{ stock: 4 }] },
  ],
  [
    'nothing is lost where all conditions are constants',
    'query ($no: Boolean = false) { product @skip(if: $no) { ... on Product @skip(if: true) { upc } } }',
    { product: {} },
  ],
] as const) {
  test(`${name}; the stock gateway gets it wrong`, async () => {
    assert.deepEqual(await engine.run(query), { data: expected });
    assert.notDeepEqual((await engine.runStock(query)).data, expected);
  });
}

test('an operation of which nothing is left asks no subgraph', async () => {
  assert.deepEqual(await engine.run('query ($no: Boolean = false) { product @include(if: $no) { name } }'), {
    data: {},
  });
  assert.equal(engine.calls.length, 0);
});
