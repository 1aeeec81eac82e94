import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, describe, test } from 'node:test';
import { pino } from 'pino';
import type { TrustedDocument } from '../../src/snapshot.ts';
import {
  createTestGateway,
  createTestKey,
  createTestSnapshot,
  type TestAnswer,
  type TestGateway,
} from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const JSON_HEADERS = { 'content-type': 'application/json' };
const HELLO = 'query Hello { hello }';
const GREET = 'query Greet($name: String) { greet(name: $name) }';
const sha256 = (text: string) => createHash('sha256').update(text).digest('hex');

let subgraph: TestSubgraph;
before(async () => {
  subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String  greet(name: String): String  deep: Deep } type Deep { deep: Deep name: String }',
    resolvers: {
      Query: { hello: () => 'world', greet: (_: unknown, { name }: { name: string }) => `hello ${name}` },
    },
  });
});
after(() => subgraph[Symbol.asyncDispose]());

const post = (
  gateway: TestGateway,
  body: unknown,
  headers: Record<string, string> = {},
): Promise<TestAnswer> =>
  gateway.fetch('/graphql', {
    method: 'POST',
    headers: { ...JSON_HEADERS, ...headers },
    body: JSON.stringify(body),
  });
const automatic = (sha256Hash: unknown, query?: string, version: unknown = 1) => ({
  ...(query === undefined ? {} : { query }),
  extensions: { persistedQuery: { version, sha256Hash } },
});
/** Asserts a refusal, and that nothing reached the subgraph. */
async function assertRefused(
  ask: () => Promise<TestAnswer>,
  code: string,
  status: number,
): Promise<TestAnswer> {
  const calls = subgraph.received.length;
  const answer = await ask();
  assert.equal(answer.body.errors?.[0].extensions.code, code, answer.text);
  assert.equal(answer.status, status);
  assert.equal(answer.body.data, undefined);
  assert.equal(answer.headers['access-control-allow-origin'], '*');
  assert.equal(subgraph.received.length, calls, 'no call reached the subgraph');
  return answer;
}

describe('automatic persisted queries', () => {
  test('a hash is unknown, is registered with its text, then runs by POST and GET', async () => {
    await using gateway = await createTestGateway({ subgraphs: [subgraph] });
    const unknown = await assertRefused(
      () => post(gateway, automatic(sha256(GREET))),
      'PERSISTED_QUERY_NOT_FOUND',
      200,
    );
    assert.equal(
      unknown.body.errors[0].message,
      'PersistedQueryNotFound',
      "the words that Apollo's clients wait for",
    );
    const registered = await post(gateway, { ...automatic(sha256(GREET), GREET), variables: { name: 'a' } });
    assert.deepEqual(registered.body, { data: { greet: 'hello a' } });
    const byHash = await post(gateway, { ...automatic(sha256(GREET)), variables: { name: 'b' } });
    assert.deepEqual(byHash.body, { data: { greet: 'hello b' } });
    const search = new URLSearchParams({
      extensions: JSON.stringify({ persistedQuery: { version: 1, sha256Hash: sha256(GREET) } }),
      variables: '{"name":"c"}',
    });
    const byGet = await gateway.fetch(`/graphql?${search}`, {
      headers: { 'x-apollo-operation-name': 'Greet' },
    });
    assert.deepEqual(byGet.body, { data: { greet: 'hello c' } });
  });

  test('under the newer media type an unknown hash is 404', async () => {
    await using gateway = await createTestGateway({ subgraphs: [subgraph] });
    const headers = { accept: 'application/graphql-response+json' };
    await assertRefused(
      () => post(gateway, automatic(sha256(HELLO)), headers),
      'PERSISTED_QUERY_NOT_FOUND',
      404,
    );
  });

  test('a document that is refused is not registered', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'limits: { depth: 2 }',
    });
    const bad = ['{ unknown }', '{ hello', '{ deep { deep { name } } }', `{ ${'x'.repeat(70_000)} }`];
    for (const text of bad) {
      const refused = await post(gateway, automatic(sha256(text), text));
      assert.equal(refused.body.data, undefined);
      await assertRefused(() => post(gateway, automatic(sha256(text))), 'PERSISTED_QUERY_NOT_FOUND', 200);
    }
  });

  test('an address without a key registers so many a minute and no more; its documents run all the same', async () => {
    const key = createTestKey();
    const yaml = 'documents: { automatic: { anonymousPerMinute: 2 } }';
    await using gateway = await createTestGateway({ subgraphs: [subgraph], keys: [key.record], yaml });
    const texts = ['{ a: hello }', '{ b: hello }', '{ c: hello }'];
    for (const text of texts) {
      assert.equal((await post(gateway, automatic(sha256(text), text))).body.errors, undefined);
    }
    const found = await Promise.all(texts.map((text) => post(gateway, automatic(sha256(text)))));
    assert.deepEqual(
      found.map(({ body }) => body.errors?.[0].extensions.code),
      [undefined, undefined, 'PERSISTED_QUERY_NOT_FOUND'],
    );
    const last = texts[2] as string;
    // A key that is made meanwhile begins no new minute.
    const snapshot = { subgraphs: [subgraph], keys: [key.record, createTestKey().record], yaml };
    await gateway.gateway.reload(createTestSnapshot(snapshot));
    await post(gateway, automatic(sha256(last), last));
    assert.notEqual((await post(gateway, automatic(sha256(last)))).body.errors, undefined);
    await post(gateway, automatic(sha256(last), last), { 'x-api-key': key.text });
    assert.deepEqual((await post(gateway, automatic(sha256(last)))).body, { data: { c: 'world' } });
  });

  test('switched off, clients are told so in the words that they know', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'documents: { automatic: { enabled: false } }',
    });
    const answer = await assertRefused(
      () => post(gateway, automatic(sha256(HELLO))),
      'PERSISTED_QUERY_NOT_FOUND',
      200,
    );
    assert.equal(answer.body.errors[0].message, 'PersistedQueryNotSupported');
    assert.deepEqual((await post(gateway, automatic(sha256(HELLO), HELLO))).body, {
      data: { hello: 'world' },
    });
  });

  test('registered documents stay within their bytes, and trusted ones are never pushed out', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      yaml: 'documents: { automatic: { bytes: 4096, anonymousPerMinute: 100000 } }',
      documents: [{ client: 'web', id: 'hello', text: HELLO }],
    });
    const texts = Array.from({ length: 50 }, (_, index) => `{ a${index}: hello }`);
    for (const text of texts) await post(gateway, automatic(sha256(text), text));
    const found = await Promise.all(texts.map((text) => post(gateway, automatic(sha256(text)))));
    const kept = found.filter(({ body }) => body.errors === undefined).length;
    assert.ok(kept > 0 && kept <= 13, `${kept} of 50 are kept in 4 kB`);
    const trusted = await post(gateway, { documentId: 'hello' }, { 'graphql-client-name': 'web' });
    assert.deepEqual(trusted.body, { data: { hello: 'world' } });
  });
});

describe('trusted documents', () => {
  const documents: readonly TrustedDocument[] = [
    { client: 'web', id: 'hello', text: HELLO },
    { client: 'web', id: sha256(GREET), text: GREET },
    { client: 'mobile', id: 'hello', text: '{ mobile: hello }' },
    { client: 'deep', id: 'deep', text: '{ deep { deep { name } } }' },
  ];
  const web = { 'apollographql-client-name': 'web' };
  const mobile = { 'graphql-client-name': 'mobile' };

  test("run by documentId, by Apollo's hash, and by the prefixed hash; each client has its own ids", async () => {
    await using gateway = await createTestGateway({ subgraphs: [subgraph], documents });
    assert.deepEqual((await post(gateway, { documentId: 'hello' }, web)).body, { data: { hello: 'world' } });
    assert.deepEqual((await post(gateway, { documentId: 'hello' }, mobile)).body, {
      data: { mobile: 'world' },
    });
    const variables = { name: 'x' };
    const expected = { data: { greet: 'hello x' } };
    const byHash = { ...automatic(sha256(GREET)), variables };
    assert.deepEqual((await post(gateway, byHash, web)).body, expected);
    assert.deepEqual((await post(gateway, byHash)).body, expected, 'a hash says by itself what is meant');
    const prefixed = { documentId: `sha256:${sha256(GREET)}`, variables };
    assert.deepEqual((await post(gateway, prefixed)).body, expected);
    await assertRefused(() => post(gateway, { documentId: 'hello' }), 'PERSISTED_QUERY_NOT_FOUND', 200);
    await assertRefused(() => post(gateway, byHash, mobile), 'PERSISTED_QUERY_NOT_FOUND', 200);
    for (const documentId of ['__proto__', 'constructor', 'HELLO', 'hello ']) {
      await assertRefused(() => post(gateway, { documentId }, web), 'PERSISTED_QUERY_NOT_FOUND', 200);
    }
  });

  test('one id of two clients at the same moment is never one run', async () => {
    await using gateway = await createTestGateway({ subgraphs: [subgraph], documents });
    const answers = await Promise.all(
      Array.from({ length: 20 }, (_, index) =>
        post(gateway, { documentId: 'hello' }, index % 2 ? web : mobile),
      ),
    );
    answers.forEach(({ body }, index) => {
      assert.deepEqual(body, { data: index % 2 ? { hello: 'world' } : { mobile: 'world' } });
    });
  });

  test('a key that is bound to a client runs that client’s documents, whatever a header says', async () => {
    const key = createTestKey({ client: 'web' });
    await using gateway = await createTestGateway({ subgraphs: [subgraph], documents, keys: [key.record] });
    const answer = await post(gateway, { documentId: 'hello' }, { ...mobile, 'x-api-key': key.text });
    assert.deepEqual(answer.body, { data: { hello: 'world' } });
  });

  test('have caps of their own', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      yaml: 'limits: { depth: 2 }\ndocuments: { trustedLimits: { depth: 3 } }',
    });
    const headers = { 'graphql-client-name': 'deep' };
    assert.deepEqual((await post(gateway, { documentId: 'deep' }, headers)).body, { data: { deep: null } });
    await assertRefused(
      () => post(gateway, { query: '{ other: deep { deep { name } } }' }),
      'QUERY_TOO_DEEP',
      400,
    );
  });

  const capped: readonly (readonly [string, number, string, string])[] = [
    ['documentBytes', 120, `{ hello } ${'#'.repeat(110)}`, 'QUERY_TOO_LARGE'],
    ['tokens', 11, '{ a: hello b: hello c: hello }', 'QUERY_TOO_LARGE'],
    ['depth', 3, '{ deep { deep { name } } }', 'QUERY_TOO_DEEP'],
    ['aliases', 2, '{ a: hello b: hello }', 'QUERY_TOO_COMPLEX'],
    ['rootFields', 2, '{ hello deep { name } }', 'QUERY_TOO_COMPLEX'],
    ['selections', 3, '{ hello deep { name } }', 'QUERY_TOO_COMPLEX'],
  ];
  for (const [limit, most, text, code] of capped) {
    test(`trustedLimits.${limit}: what is at the cap runs, above the general one, too; what is above is refused`, async () => {
      const headers = { 'graphql-client-name': 'capped' };
      const general = limit === 'documentBytes' ? 100 : limit === 'tokens' ? 10 : most - 1;
      const ask = async (cap: number) => {
        await using gateway = await createTestGateway({
          subgraphs: [subgraph],
          documents: [{ client: 'capped', id: 'at', text }],
          yaml: `limits: { ${limit}: ${general} }\ndocuments: { trustedLimits: { ${limit}: ${cap} } }`,
        });
        const known = await post(gateway, { documentId: 'at' }, headers);
        const unknown = await post(gateway, { query: text }, { 'graphql-client-name': 'other' });
        return { known, unknown };
      };
      const at = await ask(most);
      assert.equal(at.known.body.errors, undefined, at.known.text);
      assert.equal(
        at.unknown.body.errors?.[0].extensions.code,
        code,
        'for who did not publish it the general cap holds',
      );
      const above = await ask(general);
      assert.equal(above.known.body.errors?.[0].extensions.code, code, above.known.text);
    });
  }

  test('mode safelist: texts and ids of trusted documents run, spaces do not matter, nothing else runs', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      yaml: 'documents: { mode: safelist }',
    });
    assert.deepEqual((await post(gateway, { query: HELLO }, web)).body, { data: { hello: 'world' } });
    assert.deepEqual((await post(gateway, { query: 'query Hello {\n  hello,  # hi\n}' }, web)).body, {
      data: { hello: 'world' },
    });
    assert.deepEqual((await post(gateway, automatic(sha256(HELLO), HELLO), web)).body, {
      data: { hello: 'world' },
    });
    await assertRefused(() => post(gateway, { query: '{ hello }' }, web), 'PERSISTED_QUERY_ONLY', 403);
    await assertRefused(() => post(gateway, { query: '{ hello' }, web), 'PERSISTED_QUERY_ONLY', 403);
    await assertRefused(() => post(gateway, { query: HELLO }, mobile), 'PERSISTED_QUERY_ONLY', 403);
    const other = '{ b: hello }';
    await assertRefused(() => post(gateway, automatic(sha256(other), other)), 'PERSISTED_QUERY_ONLY', 403);
    await assertRefused(() => post(gateway, automatic(sha256(other))), 'PERSISTED_QUERY_NOT_FOUND', 200);
  });

  test('mode ids: no text runs, not even a trusted one', async () => {
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      yaml: 'documents: { mode: ids }',
    });
    assert.deepEqual((await post(gateway, { documentId: 'hello' }, web)).body, { data: { hello: 'world' } });
    await assertRefused(() => post(gateway, { query: HELLO }, web), 'PERSISTED_QUERY_ONLY', 403);
    await assertRefused(
      () => post(gateway, automatic(sha256(HELLO), HELLO), web),
      'PERSISTED_QUERY_ONLY',
      403,
    );
  });

  test('the strictest mode of general, client and tier holds; only a bound key loosens', async () => {
    const bound = createTestKey({ client: 'tool' });
    const free = createTestKey({ tier: 'FREE' });
    const pro = createTestKey({ tier: 'PRO' });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      keys: [bound.record, free.record, pro.record],
      yaml: 'documents: { mode: safelist, clients: { tool: off, web: ids }, tiers: { PRO: ids } }',
    });
    const any = { query: '{ x: hello }' };
    const tool = { 'graphql-client-name': 'tool' };
    await assertRefused(() => post(gateway, any, tool), 'PERSISTED_QUERY_ONLY', 403);
    await assertRefused(
      () => post(gateway, any, { ...tool, 'x-api-key': free.text }),
      'PERSISTED_QUERY_ONLY',
      403,
    );
    assert.deepEqual((await post(gateway, any, { 'x-api-key': bound.text })).body, { data: { x: 'world' } });
    await assertRefused(() => post(gateway, { query: HELLO }, web), 'PERSISTED_QUERY_ONLY', 403);
    assert.deepEqual((await post(gateway, { query: HELLO }, { 'x-api-key': free.text })).body, {
      data: { hello: 'world' },
    });
    await assertRefused(
      () => post(gateway, { query: HELLO }, { 'x-api-key': pro.text }),
      'PERSISTED_QUERY_ONLY',
      403,
    );
  });

  test('the mode of a bound key’s client holds whatever a header says, or none', async () => {
    const bound = createTestKey({ client: 'web' });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      keys: [bound.record],
      yaml: 'documents: { clients: { web: ids, tool: off } }',
    });
    for (const named of [{}, { 'graphql-client-name': 'tool' }, { 'graphql-client-name': '__proto__' }]) {
      const headers = { 'x-api-key': bound.text, ...named };
      await assertRefused(
        () => post(gateway, { query: '{ x: hello }' }, headers),
        'PERSISTED_QUERY_ONLY',
        403,
      );
      await assertRefused(() => post(gateway, { query: HELLO }, headers), 'PERSISTED_QUERY_ONLY', 403);
      assert.deepEqual((await post(gateway, { documentId: 'hello' }, headers)).body, {
        data: { hello: 'world' },
      });
    }
  });

  test('mode audit: everything runs, and what is not trusted is told once, with a manifest that publishes it', async () => {
    const lines: string[] = [];
    const log = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    await using gateway = await createTestGateway({
      subgraphs: [subgraph],
      documents,
      yaml: 'documents: { mode: audit }',
      log,
    });
    const text = '{ new: hello }';
    for (const query of [text, text, HELLO, '{ unknown }']) await post(gateway, { query }, web);
    const told = lines.map((line) => JSON.parse(line)).filter(({ documentId }) => documentId !== undefined);
    assert.deepEqual(
      told.map(({ client, documentId, manifest }) => ({ client, documentId, manifest })),
      [{ client: 'web', documentId: sha256(text), manifest: { [sha256(text)]: text } }],
    );
  });
});
