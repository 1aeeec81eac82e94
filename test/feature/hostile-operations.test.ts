import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createMockSubgraph, type MockSubgraph } from '../kit/mock-subgraph.ts';
import { ABSTRACT_SUBGRAPHS } from '../matrix/fixture/subgraphs.ts';

/**
 * Operations of somebody who wants `Film.length` (analytics:pro), `Film.title` (portfolio:read), `Book.price` and
 * `Person.address` (profile:read), or `Person.mail` (a known caller), and may see none of them.
 */
const REFUSED = ['Film.length', 'Film.title', 'Book.price', 'Person.address', 'Person.mail'];
/** What mocks say of those fields, as far as nothing else is said so. */
const ATTEMPTS: Readonly<Record<string, string>> = {
  'an alias that hides the type of an object':
    '{ works { ... on Film { __typename: length } ... on Book { __typename: price } } }',
  'an alias that is a word of the engine':
    '{ works { ... on Film { __proto__: length constructor: title } } }',
  'the same name, open for one type and refused for the other':
    '{ works { ... on Book { x: title } ... on Film { x: title } } }',
  'an interface field beside the same of a type': '{ publications { title ... on Film { title } } }',
  'a fragment on the interface':
    'query { publications { ...P } } fragment P on Publication { title author { mail } }',
  'fragments in fragments':
    'query { works { ...A } } fragment A on Work { ...B } fragment B on Work { ... on Publication { ...C } } fragment C on Publication { author { address } ... on Film { length } }',
  'a fragment that is spread twice, once left out':
    'query ($no: Boolean = false) { works { ...F @include(if: $no) ...F } } fragment F on Film { length }',
  'a condition with a default':
    'query ($yes: Boolean! = true) { works { ... on Film @include(if: $yes) { length } } }',
  'both conditions at once': '{ works { ... on Film { length @skip(if: false) @include(if: true) } } }',
  'a type condition that says nothing': '{ works { ... { ... on Film { length } } } }',
  'entities of entities': '{ publications { author { name mail address } } }',
  'nothing but what is refused': '{ publication { ... on Book { price } ... on Film { length } } }',
  'an operation among others':
    'query Good { works { __typename } } query Bad { works { ... on Film { length } } }',
};

describe('operations that want more than their caller may see', () => {
  let mocks: MockSubgraph[];
  let gateway: TestGateway;
  const key = createTestKey({ scopes: ['watchlist:read'], allowedRanges: ['127.0.0.0/8'] });
  const elsewhere = createTestKey({ allowedRanges: ['10.0.0.0/8'] });
  before(async () => {
    mocks = await Promise.all(
      Object.entries(ABSTRACT_SUBGRAPHS).map(([name, sdl]) => createMockSubgraph(name, sdl)),
    );
    gateway = await createTestGateway({
      subgraphs: mocks,
      keys: [key.record, elsewhere.record],
      yaml: `rules: { file: ${JSON.stringify(fileURLToPath(new URL('../matrix/fixture/rules.ts', import.meta.url)))} }
server: { batching: { enabled: true } }`,
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await Promise.all(mocks.map((mock) => mock[Symbol.asyncDispose]()));
  });

  let requests = 0;
  async function send(body: unknown, headers: Record<string, string> = {}) {
    requests += 1;
    const requestId = `hostile-${requests}`;
    const answer = await gateway.fetch('/graphql', {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'x-request-id': requestId, ...headers },
      body: JSON.stringify(body),
    });
    return { ...answer, asked: mocks.flatMap((mock) => [...mock.takeAsked(requestId)]) };
  }

  /** Whoever is refused all of it gets an error for each, and nobody is asked. */
  function assertRefused({ body, asked }: Awaited<ReturnType<typeof send>>, isKnown: boolean): void {
    const wanted = isKnown ? REFUSED.filter((coordinate) => coordinate !== 'Person.mail') : REFUSED;
    assert.deepEqual(
      asked.filter((coordinate) => wanted.includes(coordinate)),
      [],
    );
    const answers = Array.isArray(body) ? body : [body];
    const errors = answers.flatMap((answer) => answer.errors ?? []);
    assert.ok(errors.length > 0, JSON.stringify(body));
    for (const { extensions, path } of errors) {
      assert.equal(extensions.code, isKnown ? 'FORBIDDEN' : 'UNAUTHENTICATED');
      assert.ok(path.length > 0);
      assert.deepEqual(Object.keys(extensions), ['code']);
    }
  }

  for (const [name, query] of Object.entries(ATTEMPTS)) {
    test(name, async () => {
      const operationName = query.includes('query Bad') ? { operationName: 'Bad' } : {};
      const parameters = { query, ...operationName };
      const hash = createHash('sha256').update(query).digest('hex');
      const persisted = { ...parameters, extensions: { persistedQuery: { version: 1, sha256Hash: hash } } };
      for (const [isKnown, headers] of [
        [false, {}],
        [true, { 'x-api-key': key.text }],
      ] as const) {
        for (const body of [parameters, persisted, [parameters, { query: '{ works { __typename } }' }]])
          assertRefused(await send(body, headers), isKnown);
      }
    });
  }

  test('names of the engine as aliases are names, and what is permitted is in their place', async () => {
    const { body } = await send({
      query:
        '{ __proto__: works { __typename ... on Book { __proto__: title constructor: id toString: title } } }',
    });
    assert.equal(body.errors, undefined);
    const [works] = Object.values(body.data) as Record<string, unknown>[][];
    assert.deepEqual(Object.keys(body.data), ['__proto__']);
    assert.deepEqual(Object.keys(works?.[0] ?? {}), ['__typename', '__proto__', 'constructor', 'toString']);
  });

  test('an alias that stands in the place of the type of an object does not change its type', async () => {
    const { body } = await send({
      query:
        '{ works { ... on Book { __typename: id real: __typename author { id } } ... on Film { __typename: id id } } }',
    });
    assert.deepEqual(
      body.errors.map(({ path }: { path: unknown }) => path),
      [['works', 0, 'author']],
    );
    assert.equal(body.data.works[0], null);
    assert.deepEqual(Object.keys(body.data.works[1]), ['__typename', 'id']);
  });

  test('roots of Federation are unknown, and are not suggested', async () => {
    for (const query of [
      '{ _service { sdl } }',
      '{ _entities(representations: [{ __typename: "Film", id: "1" }]) { __typename } }',
      'query ($r: [_Any!]!) { _entities(representations: $r) { __typename } }',
      '{ __type(name: "_Service") { name } __schema { types { name } } }',
    ]) {
      const { body, asked, text } = await send({ query });
      assert.deepEqual(asked, []);
      if (body.errors === undefined) {
        assert.equal(body.data.__type, null);
        assert.doesNotMatch(text, /_Any|_Entity|join__|_Service|"_entities/);
      } else {
        assert.equal(body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
        assert.doesNotMatch(text, /Did you mean "_/);
      }
    }
  });

  test('no header of a client reaches a subgraph, nor the place of one that the gateway sets', async () => {
    const smuggled = {
      authorization: 'Bearer x',
      forwarded: 'for=10.0.0.1',
      'x-forwarded-for': '10.0.0.1',
      'x-real-ip': '10.0.0.1',
      'x-tributary-tier': 'ENTERPRISE',
      traceparent: 'x',
    };
    const { authorization, ...rest } = smuggled;
    // A network list looks at the socket, whatever headers say.
    assert.equal(
      (await send({ query: '{ works { __typename } }' }, { ...rest, 'x-api-key': elsewhere.text })).status,
      403,
    );
    assert.equal(
      (await send({ query: '{ works { __typename } }' }, { ...rest, 'x-api-key': key.text })).status,
      200,
    );
    assert.equal((await send({ query: '{ works { __typename } }' }, { authorization })).status, 401);
  });
});
