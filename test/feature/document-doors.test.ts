import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createTestGateway, createTestKey, type TestAnswer, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

/** Every way to ask by id, and every id that a hostile or broken client sends there. */

const HELLO = 'query Hello { hello }';
/** Nobody published it. */
const PLAIN = '{ plain: hello }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');
const HASH = sha256(PLAIN);
const JSON_HEADERS = { 'content-type': 'application/json', 'graphql-client-name': 'web' };
const GET_HEADERS = { 'graphql-client-name': 'web' };

let subgraph: TestSubgraph;
let gateway: TestGateway;
before(async () => {
  subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String } type Mutation { touch: Int }',
    resolvers: { Query: { hello: () => 'world' }, Mutation: { touch: () => 1 } },
  });
  gateway = await createTestGateway({
    subgraphs: [subgraph],
    documents: [
      { client: 'web', id: 'hello', text: HELLO },
      { client: 'web', id: 'touch', text: 'mutation Touch { touch }' },
    ],
  });
});
after(async () => {
  await gateway[Symbol.asyncDispose]();
  await subgraph[Symbol.asyncDispose]();
});

const post = (body: unknown, headers = {}): Promise<TestAnswer> =>
  gateway.fetch('/graphql', {
    method: 'POST',
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(body),
  });
const get = (parameters: Record<string, unknown>): Promise<TestAnswer> => {
  const search = new URLSearchParams();
  for (const [name, value] of Object.entries(parameters)) {
    search.set(name, typeof value === 'string' ? value : JSON.stringify(value));
  }
  return gateway.fetch(`/graphql?${search}`, { headers: GET_HEADERS });
};
const persisted = (sha256Hash: unknown, version: unknown = 1) => ({
  persistedQuery: { version, sha256Hash },
});

/** Documents that are kept: registered ones, and parsed ones, of which a refusal before parsing leaves none. */
async function held(): Promise<{ registered: number; parsed: number }> {
  const { values } = await gateway.metrics.cacheEntries.get();
  const of = (cache: string) => values.find(({ labels }) => labels.cache === cache)?.value ?? 0;
  return { registered: of('registered'), parsed: of('documents') };
}

/** Asserts a refusal with a code of the registry that called nobody and left nothing behind. */
async function assertRefused(answer: TestAnswer, code: string, status: number, about: string): Promise<void> {
  assert.equal(answer.body?.errors?.[0].extensions.code, code, `${about}: ${answer.text}`);
  assert.equal(answer.status, status, about);
  assert.equal(answer.body.data, undefined, about);
  assert.equal(answer.headers['cache-control'], 'no-store', about);
  assert.equal(answer.headers.etag, undefined, about);
  assert.equal(subgraph.received.length, 0, `${about}: no call reached the subgraph`);
  assert.deepEqual(await held(), { registered: 0, parsed: 0 }, `${about}: nothing is kept`);
}

/** Strings that name no document. */
const WRONG_IDS: Readonly<Record<string, string>> = {
  unknown: sha256('{ other }'),
  'upper-case': HASH.toUpperCase(),
  truncated: HASH.slice(0, 63),
  'one digit too long': `${HASH}0`,
  'not hex': 'x'.repeat(64),
  'the prototype': '__proto__',
  constructor: 'constructor',
  hasOwnProperty: 'hasOwnProperty',
  'a space too many': 'hello ',
  'another case': 'Hello',
  'a path': '../web/hello',
  'a NUL': 'hello\0',
  'a lone surrogate': '\uD800',
  'the longest': 'x'.repeat(256),
  prefixed: `sha256:${sha256('{ other }')}`,
  'a prefix alone': 'sha256:',
};
/** What is no id at all. */
const WRONG_SHAPES: Readonly<Record<string, unknown>> = {
  object: { a: 1 },
  'object with toString': { toString: 'hello', length: 5 },
  list: ['hello'],
  number: 7,
  boolean: true,
  empty: '',
  'one character too long': 'x'.repeat(257),
};

// Each test leaves nothing behind, which the next one relies on; the last shows that the counters count.
describe('ids that name no document', () => {
  const byHash: Readonly<Record<string, (id: unknown) => Promise<TestAnswer>>> = {
    'POST persistedQuery': (id) => post({ extensions: persisted(id) }),
    'GET persistedQuery': (id) => get({ extensions: persisted(id) }),
  };
  const byTextAndHash: Readonly<Record<string, (id: unknown) => Promise<TestAnswer>>> = {
    'POST query with persistedQuery': (id) => post({ query: PLAIN, extensions: persisted(id) }),
    'GET query with persistedQuery': (id) => get({ query: PLAIN, extensions: persisted(id) }),
  };
  const byId: Readonly<Record<string, (id: unknown) => Promise<TestAnswer>>> = {
    'POST documentId': (id) => post({ documentId: id }),
    'POST doc_id': (id) => post({ doc_id: id, query: null }),
  };
  const inAddress: Readonly<Record<string, (id: string) => Promise<TestAnswer>>> = {
    'GET documentId': (id) => get({ documentId: id }),
    'GET doc_id': (id) => get({ doc_id: id }),
    'GET /graphql/:client/:id': (id) => gateway.fetch(`/graphql/web/${encodeURIComponent(id)}`),
  };

  for (const [door, ask] of Object.entries({ ...byHash, ...byId })) {
    test(`${door}: unknown ids are not found, what is no id is a bad request`, async () => {
      for (const [name, id] of Object.entries(WRONG_IDS)) {
        await assertRefused(await ask(id), 'PERSISTED_QUERY_NOT_FOUND', 200, name);
      }
      for (const [name, shape] of Object.entries({ ...WRONG_SHAPES, null: null })) {
        await assertRefused(await ask(shape), 'BAD_REQUEST', 400, name);
      }
    });
  }

  for (const [door, ask] of Object.entries(byTextAndHash)) {
    test(`${door}: a hash of anything but the text is a mismatch`, async () => {
      for (const [name, id] of Object.entries(WRONG_IDS)) {
        await assertRefused(await ask(id), 'PERSISTED_QUERY_HASH_MISMATCH', 400, name);
      }
      for (const [name, shape] of Object.entries({ ...WRONG_SHAPES, null: null })) {
        await assertRefused(await ask(shape), 'BAD_REQUEST', 400, name);
      }
    });
  }

  for (const [door, ask] of Object.entries(inAddress)) {
    test(`${door}: unknown ids are not found, too long ones are a bad request`, async () => {
      for (const [name, id] of Object.entries(WRONG_IDS)) {
        // A lone surrogate cannot be written in an address.
        if (!id.isWellFormed()) continue;
        await assertRefused(await ask(id), 'PERSISTED_QUERY_NOT_FOUND', 200, name);
      }
      await assertRefused(await ask('x'.repeat(257)), 'BAD_REQUEST', 400, 'one character too long');
      await assertRefused(await ask('€'.repeat(257)), 'BAD_REQUEST', 400, 'one character too long, encoded');
    });
  }

  test('an address without an id, or with one that cannot be decoded, is a bad request', async () => {
    await assertRefused(await get({ documentId: '' }), 'BAD_REQUEST', 400, 'empty');
    for (const [path, status] of [
      ['/graphql/web/', 400],
      ['/graphql/web', 404],
      ['/graphql/web/%E0%A4%A', 400],
      ['/graphql/web/a/b', 404],
    ] as const) {
      await assertRefused(await gateway.fetch(path), 'BAD_REQUEST', status, path);
    }
  });

  test('another version of the protocol, or none, is a bad request', async () => {
    for (const version of [2, 0, 1.5, '1', null, true, [1], { a: 1 }]) {
      for (const query of [undefined, PLAIN]) {
        const text = query === undefined ? {} : { query };
        const extensions = persisted(HASH, version);
        await assertRefused(await post({ ...text, extensions }), 'BAD_REQUEST', 400, `POST ${version}`);
        await assertRefused(await get({ ...text, extensions }), 'BAD_REQUEST', 400, `GET ${version}`);
      }
    }
    const noVersion = { persistedQuery: { sha256Hash: HASH } };
    await assertRefused(await post({ extensions: noVersion }), 'BAD_REQUEST', 400, 'no version');
  });

  test('extensions of another form are a bad request', async () => {
    for (const extensions of ['x', [], 7, { persistedQuery: 'x' }, { persistedQuery: [HASH] }]) {
      await assertRefused(await post({ extensions }), 'BAD_REQUEST', 400, JSON.stringify(extensions));
      await assertRefused(await get({ extensions }), 'BAD_REQUEST', 400, JSON.stringify(extensions));
    }
    await assertRefused(await get({ extensions: '{' }), 'BAD_REQUEST', 400, 'no JSON');
  });

  test('a document that is asked for in two ways is a bad request', async () => {
    const extensions = persisted(HASH);
    for (const body of [
      { documentId: 'hello', query: HELLO },
      { doc_id: 'hello', query: HELLO },
      { documentId: 'hello', extensions },
      { documentId: 'hello', doc_id: 'touch' },
      {},
      { query: null },
      { extensions: {} },
    ]) {
      await assertRefused(await post(body), 'BAD_REQUEST', 400, JSON.stringify(body));
    }
    const search = new URLSearchParams({ extensions: JSON.stringify(extensions) });
    await assertRefused(await gateway.fetch(`/graphql/web/hello?${search}`), 'BAD_REQUEST', 400, 'address');
  });

  test('under the newer media type what is not found is 404, a mismatch 400', async () => {
    const newer = { accept: 'application/graphql-response+json' };
    const unknown = await post({ documentId: 'none' }, newer);
    await assertRefused(unknown, 'PERSISTED_QUERY_NOT_FOUND', 404, 'documentId');
    const hash = await post({ extensions: persisted(HASH) }, newer);
    await assertRefused(hash, 'PERSISTED_QUERY_NOT_FOUND', 404, 'persistedQuery');
    const mismatch = await post({ query: PLAIN, extensions: persisted(sha256('x')) }, newer);
    await assertRefused(mismatch, 'PERSISTED_QUERY_HASH_MISMATCH', 400, 'mismatch');
  });

  test('each door lets a good id in; a registered hash is no id of a published document', async () => {
    const expected = { data: { hello: 'world' } };
    for (const [door, ask] of Object.entries({ ...byId, ...inAddress })) {
      assert.deepEqual((await ask('hello')).body, expected, door);
    }
    for (const [door, ask] of Object.entries(byHash)) {
      assert.deepEqual((await ask(sha256(HELLO))).body, expected, door);
    }
    assert.deepEqual((await post({ documentId: 'hello', doc_id: 'hello' })).body, expected);
    assert.deepEqual((await post({ documentId: 'touch' })).body, { data: { touch: 1 } });
    const search = '?documentId=touch&doc_id=touch&query={x}';
    assert.equal((await gateway.fetch(`/graphql/web/touch${search}`)).status, 405, 'a mutation by GET');

    assert.equal((await held()).registered, 0);
    for (const [door, ask] of Object.entries(byTextAndHash)) {
      assert.deepEqual((await ask(HASH)).body, { data: { plain: 'world' } }, door);
      assert.equal((await held()).registered, 1);
    }
    for (const ask of Object.values(byHash)) {
      assert.deepEqual((await ask(HASH)).body, { data: { plain: 'world' } });
    }
    for (const [door, ask] of Object.entries({ ...byId, ...inAddress })) {
      assert.equal((await ask(HASH)).body.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND', door);
    }
  });
});

describe('what was registered is looked at again at each call', () => {
  test('by the rules, for whoever calls', async () => {
    await using users = await createTestSubgraph({
      name: 'users',
      sdl: 'type Query { hello: String secret: String @requiresScopes(scopes: [["a"]]) }',
      resolvers: { Query: { hello: () => 'world', secret: () => 'secret' } },
    });
    const may = createTestKey({ scopes: ['a'] });
    const mayNot = createTestKey();
    await using world = await createTestGateway({ subgraphs: [users], keys: [may.record, mayNot.record] });
    const text = '{ hello secret }';
    const ask = (key: string, query?: string) =>
      world.fetch('/graphql', {
        method: 'POST',
        headers: { ...JSON_HEADERS, 'x-api-key': key },
        body: JSON.stringify({ query, extensions: persisted(sha256(text)) }),
      });
    assert.deepEqual((await ask(may.text, text)).body.data, { hello: 'world', secret: 'secret' });
    const refused = await ask(mayNot.text);
    assert.deepEqual(refused.body.data, { hello: 'world', secret: null });
    assert.equal(refused.body.errors[0].extensions.code, 'FORBIDDEN');
    assert.equal(users.received.filter(({ query }) => query.includes('secret')).length, 1);
  });
});
