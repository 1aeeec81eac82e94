import assert from 'node:assert/strict';
import { test } from 'node:test';
import { buildSchema, getOperationAST, parse } from 'graphql';
import { RequestError } from '../../../src/errors/errors.ts';
import { compileOperation } from '../../../src/execution/compile-operation.ts';
import { createTestEngine, type EngineSubgraph } from '../../kit/engine.ts';

const subgraphs: EngineSubgraph[] = [
  {
    name: 'products',
    sdl: `
      type Query { product: Product other: Int }
      type Product @key(fields: "upc") { upc: ID! name: String }`,
    resolvers: { Query: { product: () => ({ upc: '1', name: 'Chair' }), other: () => 9 } },
  },
  {
    name: 'inventory',
    sdl: 'type Product @key(fields: "upc") { upc: ID! stock: Int place: String }',
    resolvers: { Product: { stock: () => 4, place: () => 'Riga' } },
  },
];
const engine = createTestEngine({ subgraphs });

test('skips and includes by variables, by their defaults, and by constants', async () => {
  const query = `query ($a: Boolean!, $b: Boolean = true) {
    product {
      name @include(if: $a)
      stock @skip(if: $b)
      ... @include(if: $b) { place }
      upc @skip(if: true)
      __typename @include(if: false)
    }
    other @skip(if: $a)
  }`;
  assert.deepEqual(await engine.run(query, { a: true }), {
    data: { product: { name: 'Chair', place: 'Riga' } },
  });
  assert.deepEqual(await engine.run(query, { a: false, b: false }), {
    data: { product: { stock: 4 }, other: 9 },
  });
  assert.deepEqual(await engine.run(query, { a: true }), {
    data: { product: { name: 'Chair', place: 'Riga' } },
  });
});

test('asks a subgraph nothing when all that it has is skipped', async () => {
  const query = 'query ($with: Boolean = false) { product { name ... @include(if: $with) { stock place } } }';
  await engine.run(query);
  assert.deepEqual(
    engine.calls.map(({ subgraph }) => subgraph),
    ['products'],
  );
  await engine.run(query, { with: true });
  assert.equal(engine.calls.length, 2);
});

test('refuses a condition without a value', async () => {
  await assert.rejects(
    engine.run('query ($x: Boolean!) { product { name @skip(if: $x) } }', {}),
    (error: unknown) => error instanceof RequestError && error.code === 'BAD_USER_INPUT',
  );
});

test('tells of a root field that no fetch of the plan brings, where the stock executor says null', async () => {
  const document = parse('{ other t: __typename }');
  const operation = getOperationAST(document);
  assert.ok(operation != null);
  const compiled = compileOperation({
    plan: { kind: 'QueryPlan' },
    document,
    operation,
    apiSchema: engine.apiSchema,
    supergraphSchema: buildSchema(engine.supergraphSdl, { assumeValidSDL: true }),
  });
  const result = await compiled.run({
    variables: {},
    fetcher: () => assert.fail('there is nothing to fetch'),
  });
  assert.deepEqual(result, {
    data: { other: null, t: 'Query' },
    errors: [
      {
        message: 'Something went wrong on our side.',
        path: ['other'],
        extensions: { code: 'INTERNAL_SERVER_ERROR' },
      },
    ],
  });
});
