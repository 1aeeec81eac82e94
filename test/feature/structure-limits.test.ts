import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import { getIntrospectionQuery } from 'graphql';
import { createTestGateway, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const YAML = `
limits:
  documentBytes: 3000
  tokens: 400
  depth: 4
  introspectionDepth: 15
  nesting: 3
  aliases: 3
  rootFields: 4
  selections: 20
  errors: 5
server:
  bodyLimitBytes: 5000
`;

describe('caps on the shape of operations', () => {
  let subgraph: TestSubgraph;
  let gateway: TestGateway;

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'nodes',
      sdl: `type Query { node: Node  a: Int  b: Int  c: Int  d: Int  e: Int  failing(n: Int!): [Failing!]  take(value: Any): Int }
            scalar Any
            type Node { id: ID!  next: Node }
            type Failing { value: Int }`,
      resolvers: {
        Query: {
          node: () => ({ id: '1' }),
          a: () => 1,
          take: () => 1,
          failing: (_: unknown, { n }: { n: number }) => Array.from({ length: n }, () => ({})),
        },
        Node: { next: () => ({ id: '2' }) },
        Failing: {
          value() {
            throw new Error('internal detail');
          },
        },
      },
    });
    gateway = await createTestGateway({ subgraphs: [subgraph], yaml: YAML });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const codeOf = async (query: string): Promise<string | undefined> => {
    const calls = subgraph.received.length;
    const answer = await gateway.query(query);
    const code = answer.body.errors?.[0].extensions.code;
    if (code !== undefined) {
      assert.equal(subgraph.received.length, calls, 'a refused operation calls nothing');
      assert.equal(answer.status, code.startsWith('GRAPHQL_') ? 200 : 400);
    }
    return code;
  };
  const nested = (levels: number): string => (levels === 1 ? 'id' : `next { ${nested(levels - 1)} }`);
  const padded = (bytes: number): string => '{ a }'.padEnd(bytes, ' ');

  /** Just inside a cap, just outside of it, and what the outside is told. */
  const cases: readonly (readonly [string, string, string, string])[] = [
    ['depth', `{ node { ${nested(3)} } }`, `{ node { ${nested(4)} } }`, 'QUERY_TOO_DEEP'],
    [
      'depth through fragments',
      `{ node { ...F } } fragment F on Node { ... on Node { ${nested(3)} } }`,
      `{ node { ...F } } fragment F on Node { ... on Node { ${nested(4)} } }`,
      'QUERY_TOO_DEEP',
    ],
    ['aliases', '{ x: a y: a z: a }', '{ x: a y: a z: a node { i: id } }', 'QUERY_TOO_COMPLEX'],
    ['root fields', '{ a b c d }', '{ a b c d e }', 'QUERY_TOO_COMPLEX'],
    [
      'selections',
      `{ ${'a '.repeat(2)} node { ${'id '.repeat(17)} } }`,
      `{ ${'a '.repeat(2)} node { ${'id '.repeat(18)} } }`,
      'QUERY_TOO_COMPLEX',
    ],
    ['document bytes', padded(3000), padded(3001), 'QUERY_TOO_LARGE'],
    ['tokens', `{ a(${'x: 1 '.repeat(131)}) }`, `{ a(${'x: 1 '.repeat(134)}) }`, 'QUERY_TOO_LARGE'],
  ];
  for (const [name, inside, outside, code] of cases) {
    test(`${name}: at the cap an operation passes, above it ${code}`, async () => {
      assert.ok([undefined, 'GRAPHQL_VALIDATION_FAILED'].includes(await codeOf(inside)));
      assert.equal(await codeOf(outside), code);
    });
  }

  test('fragments that double are counted, not expanded', async () => {
    const doubling = Array.from(
      { length: 25 },
      (_, i) => `fragment F${i} on Node { ...F${i + 1} ...F${i + 1} }`,
    ).join(' ');
    const started = performance.now();
    assert.equal(
      await codeOf(`{ node { ...F0 } } ${doubling} fragment F25 on Node { id }`),
      'QUERY_TOO_COMPLEX',
    );
    assert.ok(performance.now() - started < 2_000);
  });

  test('fragments in a cycle are a validation error', async () => {
    assert.equal(
      await codeOf('{ node { ...F } } fragment F on Node { id ...F }'),
      'GRAPHQL_VALIDATION_FAILED',
    );
  });

  test('the standard introspection query passes, a deeper one does not', async () => {
    await using defaults = await createTestGateway({ subgraphs: [subgraph] });
    assert.equal((await defaults.query(getIntrospectionQuery())).body.errors, undefined);
    const ofType = (levels: number): string => (levels === 0 ? 'name' : `ofType { ${ofType(levels - 1)} }`);
    const deep = (levels: number) => `{ __type(name: "Node") { ${ofType(levels - 2)} } }`;
    assert.equal((await defaults.query(deep(20))).body.errors, undefined);
    assert.equal((await defaults.query(deep(21))).body.errors[0].extensions.code, 'QUERY_TOO_DEEP');
  });

  test('a body at the cap is read, one above it is 413', async () => {
    const body = JSON.stringify({ query: '{ a }' });
    const send = (bytes: number) =>
      gateway.fetch('/graphql', {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        body: body.padEnd(bytes, ' '),
      });
    assert.equal((await send(5000)).status, 200);
    const refused = await send(5001);
    assert.equal(refused.status, 413);
    assert.equal(refused.body.errors[0].extensions.code, 'PAYLOAD_TOO_LARGE');
  });

  test('errors are listed up to the cap, and the rest is counted', async () => {
    const five = await gateway.query('{ failing(n: 5) { value } }');
    assert.equal(five.body.errors.length, 5);
    const seven = await gateway.query('{ failing(n: 7) { value } }');
    assert.equal(seven.body.errors.length, 6);
    assert.equal(seven.body.errors[5].message, '2 more errors were left out.');
    assert.ok(!seven.text.includes('internal detail'));
  });

  test('variables and values that nest deeper than the cap are refused, however deep, and are no fault of ours', async () => {
    const lists = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    const objects = (levels: number) => `${'{"a":'.repeat(levels - 1)}{}${'}'.repeat(levels - 1)}`;
    const query = 'query ($v: Any) { take(value: $v) }';
    const send = async (body: string) =>
      gateway.fetch('/graphql', { method: 'POST', headers: { 'content-type': 'application/json' }, body });
    const withVariable = (value: string) => send(`{"query":"${query}","variables":{"v":${value}}}`);
    for (const value of [lists(3), objects(3), `{"a":[${objects(1)}]}`])
      assert.deepEqual((await withVariable(value)).body, { data: { take: 1 } });
    const refused = [lists(4), objects(4), lists(2_400), `[${lists(1)},${lists(3)}]`];
    for (const answer of await Promise.all(refused.map(withVariable))) {
      assert.deepEqual([answer.status, answer.body.errors[0].extensions.code], [400, 'QUERY_TOO_DEEP']);
      assert.match(answer.body.errors[0].message, /deeper than 3 levels/);
    }
    assert.equal(await codeOf(`{ take(value: ${lists(3)}) }`), undefined);
    for (const levels of [4, 150])
      assert.equal(await codeOf(`{ take(value: ${lists(levels)}) }`), 'QUERY_TOO_DEEP');
  });

  test('a document or a batch that nests deeper than the stack holds is refused', async () => {
    await using wide = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'limits: { tokens: 60000 }\nserver: { batching: { enabled: true } }\n',
    });
    for (const query of [`{ take(value: ${'['.repeat(20_000)}`, `${'{a'.repeat(20_000)}`]) {
      const { status, body } = await wide.query(query);
      assert.deepEqual([status, body.errors[0].extensions.code], [400, 'QUERY_TOO_DEEP']);
    }
    const body = `[{"query":"{ a }","variables":{"v":${'['.repeat(20_000)}${']'.repeat(20_000)}}}]`;
    const batch = await wide.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body,
    });
    assert.deepEqual([batch.status, batch.body.errors[0].extensions.code], [400, 'BAD_REQUEST']);
  });
});
