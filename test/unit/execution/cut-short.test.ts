import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { RawResult } from '../../../src/execution/shape-result.ts';
import type { FetchCall } from '../../../src/transport/fetch-call.ts';
import type { SubgraphResponse } from '../../../src/transport/subgraph-client.ts';
import { createTestEngine } from '../../kit/engine.ts';

const engine = createTestEngine({
  subgraphs: [
    {
      name: 'products',
      sdl: `type Query { one: Product other: Int }
        type Product @key(fields: "upc") { upc: ID! name: String }`,
    },
    { name: 'inventory', sdl: 'type Product @key(fields: "upc") { upc: ID! stock: Int strict: Int! }' },
    { name: 'counts', sdl: 'type Query { count: Int }' },
  ],
});
const TIMEOUT = {
  message: 'A subgraph took too long to answer this field.',
  extensions: { code: 'SUBGRAPH_TIMEOUT' },
};

/** Runs an operation whose calls a test answers; `soFar` is what it would come to now. */
function start(query: string) {
  const calls = new Map<string, (response: SubgraphResponse) => void>();
  let soFar: () => RawResult = () => assert.fail('nothing was offered');
  const result = engine.compile(query).run({
    variables: {},
    fetcher: ({ fetch }: FetchCall) =>
      new Promise((resolve) => {
        calls.set(fetch.subgraph, resolve);
      }),
    offer: (offered) => {
      soFar = offered;
    },
  });
  const answer = async (subgraph: string, data: Record<string, unknown>) => {
    calls.get(subgraph)?.({ data, errors: [] });
    await new Promise((resolve) => setImmediate(resolve));
  };
  return { result, answer, soFar: () => soFar() };
}

test('says at each moment what is there and what took too long, and runs on', async () => {
  const { result, answer, soFar } = start('{ one { name stock } count t: __typename }');
  assert.deepEqual(soFar(), {
    data: { one: null, count: null, t: 'Query' },
    errors: [
      { ...TIMEOUT, path: ['one'] },
      { ...TIMEOUT, path: ['count'] },
    ],
  });
  await answer('counts', { count: 3 });
  await answer('products', { one: { __typename: 'Product', upc: '1', name: null } });
  assert.deepEqual(soFar(), {
    data: { one: { name: null, stock: null }, count: 3, t: 'Query' },
    errors: [{ ...TIMEOUT, path: ['one', 'stock'] }],
  });
  await answer('inventory', { _entities: [{ stock: 4 }] });
  assert.deepEqual(await result, { data: { one: { name: null, stock: 4 }, count: 3, t: 'Query' } });
});

test('nulls bubble as they would at the end, and a null that was answered needs no error', async () => {
  const { answer, soFar } = start('{ one { strict } count }');
  await answer('counts', { count: null });
  await answer('products', { one: { __typename: 'Product', upc: '1' } });
  assert.deepEqual(soFar(), {
    data: { one: null, count: null },
    errors: [{ ...TIMEOUT, path: ['one', 'strict'] }],
  });
});
