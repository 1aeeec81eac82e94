import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse, print } from 'graphql';
import { mutationsForPlanner } from '../../../src/execution/mutations-for-planner.ts';
import { createTestEngine } from '../../kit/engine.ts';

const LEDGER = `
  type Query { count: Int }
  type Mutation { add(n: Int!): Sum }
  type Sum @key(fields: "id") { id: ID! total: Int owner: Owner }
  type Owner @key(fields: "id") { id: ID! name: String @shareable }`;
const OWNERS = 'type Owner @key(fields: "id") { id: ID! name: String @shareable }';
const QUERY = `mutation ($yes: Boolean = true) {
  a: add(n: 1) { owner { name } }
  ...F @include(if: $yes)
  ... on Mutation { d: add(n: 4) { id } }
  e: add(n: 5) { id }
}
fragment F on Mutation { b: add(n: 2) { id } ... @skip(if: false) { c: add(n: 3) { id } } }`;

function engineThatRemembers() {
  const order: number[] = [];
  const add = (_: unknown, { n }: { n: number }) => {
    order.push(n);
    return { id: String(n), owner: { id: 'o', name: 'Ann' } };
  };
  const engine = createTestEngine({
    subgraphs: [
      { name: 'ledger', sdl: LEDGER, resolvers: { Mutation: { add } } },
      { name: 'owners', sdl: OWNERS, resolvers: {} },
    ],
  });
  return { engine, order };
}

test('runs root fields of fragments in their place, where the stock gateway runs them first', async () => {
  const { engine, order } = engineThatRemembers();
  const { data } = await engine.run(QUERY);
  assert.equal(
    JSON.stringify(data),
    '{"a":{"owner":{"name":"Ann"}},"b":{"id":"2"},"c":{"id":"3"},"d":{"id":"4"},"e":{"id":"5"}}',
  );
  assert.deepEqual(order, [1, 2, 3, 4, 5]);
  const reused =
    'mutation { a: add(n: 1) { id } ...F } fragment F on Mutation { b: add(n: 2) { id } c: add(n: 3) { id } }';
  order.length = 0;
  await engine.run(reused);
  assert.deepEqual(order, [1, 2, 3]);
  order.length = 0;
  await engine.runStock(reused);
  assert.deepEqual(order, [2, 3, 1]);
  await engine.close();
});

test('leaves queries alone, and fragments whose directive a field cannot say a second time', () => {
  const query = parse('{ ...F } fragment F on Query { count }');
  assert.equal(mutationsForPlanner(query), query);
  const twice = parse('mutation { ... @tag(name: "outer") { add(n: 1) @tag(name: "inner") } }');
  assert.equal(print(mutationsForPlanner(twice)), print(twice));
});

test('calls a root field of which everything is skipped, which the stock gateway does not', async () => {
  const { engine, order } = engineThatRemembers();
  const query = `mutation ($not: Boolean!, $yes: Boolean = true) {
    a: add(n: 1) @include(if: $yes) { id @skip(if: $not) } }`;
  assert.deepEqual(await engine.run(query, { not: true }), { data: { a: {} } });
  assert.deepEqual(order, [1]);
  assert.deepEqual((await engine.runStock(query, { not: true })).data, { a: null });
  assert.deepEqual(order, [1], 'the stock gateway called nothing');
  await engine.close();
});
