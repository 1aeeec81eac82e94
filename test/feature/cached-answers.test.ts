import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { createTestGateway, createTestKey, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';
import { createTemporaryFolder } from '../kit/temporary-folder.ts';

const DOCUMENTS = {
  prices: 'query Prices($ids: [ID!]) { tokens(ids: $ids) { id price { amount } } }',
  names: '{ tokens { id name } }',
  mine: '{ me { name } tokens { id } }',
  unlisted: '{ other tokens { id } }',
  broken: '{ tokens { id broken } }',
  change: 'mutation { touch }',
  fragments: '{ tokens { ...part ... on Token { id } } } fragment part on Token { price { amount } }',
};

describe('answers to GET by the id of a document', () => {
  const key = createTestKey({ userId: 'usr_1' });
  let subgraph: TestSubgraph;
  let gateway: TestGateway;

  before(async () => {
    subgraph = await createTestSubgraph({
      name: 'market',
      sdl: `
        type Query { tokens(ids: [ID!]): [Token!]! me: User other: Int }
        type Mutation { touch: Int }
        type Token { id: ID! name: String price: Price broken: String }
        type Price { amount: String }
        type User @authenticated { name: String }
      `,
      resolvers: {
        Query: {
          me: () => ({ name: 'Ada' }),
          tokens: () => [{ id: 'bitcoin', name: 'Bitcoin', price: { amount: '1.5' } }],
        },
        Token: {
          broken: () => {
            throw new Error('no');
          },
        },
      },
    });
    gateway = await createTestGateway({
      subgraphs: [subgraph],
      keys: [key.record],
      documents: Object.entries(DOCUMENTS).map(([id, text]) => ({ client: 'web', id, text })),
      yaml: 'cache: { maxAges: { Query.tokens: 60, Price: 5, Query.me: 30 } }',
    });
  });
  after(async () => {
    await gateway[Symbol.asyncDispose]();
    await subgraph[Symbol.asyncDispose]();
  });

  const get = (path: string, headers: Record<string, string> = {}) => gateway.fetch(path, { headers });
  const cacheControlOf = async (id: keyof typeof DOCUMENTS) =>
    (await get(`/graphql/web/${id}`)).headers['cache-control'];

  test('runs with its variables, without a header that a CDN would not send', async () => {
    const answer = await get('/graphql/web/prices?variables=%7B%22ids%22%3A%5B%22bitcoin%22%5D%7D');
    assert.equal(answer.status, 200);
    assert.deepEqual(answer.body, { data: { tokens: [{ id: 'bitcoin', price: { amount: '1.5' } }] } });
  });

  test('lives as long as its shortest coordinate', async () => {
    assert.equal(await cacheControlOf('names'), 'public, max-age=60');
    assert.equal(await cacheControlOf('prices'), 'public, max-age=5');
    assert.equal(await cacheControlOf('fragments'), 'public, max-age=5');
    assert.equal(await cacheControlOf('unlisted'), 'no-store', 'a root field without an age');
  });

  test('is private when a field asks who calls, and says by which headers it varies', async () => {
    const answer = await get('/graphql/web/mine', { 'x-api-key': key.text });
    assert.equal(answer.headers['cache-control'], 'private, max-age=30', answer.text);
    const names = await get('/graphql/web/names');
    assert.match(String(names.headers.vary), /x-api-key, authorization/);
  });

  test('an answer with errors is not kept', async () => {
    const answer = await get('/graphql/web/broken');
    assert.ok(answer.body.errors.length > 0);
    assert.equal(answer.headers['cache-control'], 'no-store');
    assert.equal(answer.headers.etag, undefined);
  });

  test('a client that has it already is told so', async () => {
    const first = await get('/graphql/web/names');
    const tag = String(first.headers.etag);
    const second = await get('/graphql/web/names', { 'if-none-match': `"other", W/${tag}` });
    assert.equal(second.status, 304);
    assert.equal(second.text, '');
    assert.equal(second.headers['cache-control'], 'public, max-age=60');
    const other = await get('/graphql/web/names', { 'if-none-match': '"other"' });
    assert.equal(other.status, 200);
    assert.notEqual((await get('/graphql/web/prices')).headers.etag, tag);
  });

  test('unknown ids and other clients are told nothing, mutations and texts do not run', async () => {
    const calls = subgraph.received.length;
    for (const path of ['/graphql/web/none', '/graphql/mobile/names', '/graphql/web/__proto__']) {
      const { body, headers } = await get(path);
      assert.equal(body.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND', path);
      assert.equal(headers['cache-control'], 'no-store');
    }
    const mutation = await get('/graphql/web/change');
    assert.equal(mutation.status, 405);
    const text = await get(`/graphql/web/none?query=${encodeURIComponent('{ other }')}`);
    assert.equal(text.body.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    assert.equal(subgraph.received.length, calls, 'no call reached the subgraph');
  });

  test('so do answers to GET by documentId and by hash', async () => {
    const hash = createHash('sha256').update(DOCUMENTS.names).digest('hex');
    const extensions = JSON.stringify({ persistedQuery: { version: 1, sha256Hash: hash } });
    const { headers } = await get('/graphql/web/names');
    for (const search of [
      new URLSearchParams({ documentId: 'names' }),
      new URLSearchParams({ extensions }),
    ]) {
      const name = { 'graphql-client-name': 'web' };
      const answer = await get(`/graphql?${search}`, name);
      assert.equal(answer.headers['cache-control'], 'public, max-age=60', answer.text);
      assert.equal(answer.headers.etag, headers.etag);
      const again = await get(`/graphql?${search}`, { ...name, 'if-none-match': String(headers.etag) });
      assert.equal(again.status, 304);
    }
  });

  test('is private when a rule looks at the caller', async () => {
    using folder = createTemporaryFolder();
    const lib = new URL('../../src/lib/rules.ts', import.meta.url).href;
    const file = folder.write(
      'rules.ts',
      `import { allow, hasUser } from '${lib}';
       export default { Query: allow, Mutation: allow, User: allow, Price: allow, Token: { '*': allow, name: hasUser } };`,
    );
    await using ruled = await createTestGateway({
      subgraphs: [subgraph],
      keys: [key.record],
      documents: Object.entries(DOCUMENTS).map(([id, text]) => ({ client: 'web', id, text })),
      yaml: `cache: { maxAges: { Query.tokens: 60 } }\nrules: { file: ${JSON.stringify(file)} }`,
    });
    const ask = (id: string) => ruled.fetch(`/graphql/web/${id}`, { headers: { 'x-api-key': key.text } });
    const [names, prices] = [await ask('names'), await ask('prices')];
    assert.equal(names.headers['cache-control'], 'private, max-age=60', names.text);
    assert.equal(prices.headers['cache-control'], 'public, max-age=60', prices.text);
  });

  test('POST is never kept', async () => {
    const answer = await gateway.query(DOCUMENTS.names);
    assert.equal(answer.headers['cache-control'], 'no-store');
  });
});
