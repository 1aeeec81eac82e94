import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';
import type { TrustedDocument } from '../../src/snapshot.ts';
import { createTestGateway, createTestKey, createTestSnapshot, type TestGateway } from '../kit/gateway.ts';
import { createTestSubgraph, type TestSubgraph } from '../kit/subgraph.ts';

const SDL = `type Query { hello: String  user: User @authenticated }
  type User { name: String  email: String @requiresScopes(scopes: [["profile:read"]]) }`;
const HELLO: TrustedDocument = { client: 'web', id: 'hello', text: 'query Hello { hello }' };
const USER: TrustedDocument = {
  client: 'web',
  id: 'user',
  text: 'query User($full: Boolean!, $brief: Boolean = false) { hello @skip(if: $brief) user { name @include(if: $full) email } }',
};

let subgraph: TestSubgraph;
before(async () => {
  subgraph = await createTestSubgraph({
    name: 'users',
    sdl: SDL,
    resolvers: { Query: { hello: () => 'world', user: () => ({ name: 'Ada', email: 'ada@example.com' }) } },
  });
});
after(() => subgraph[Symbol.asyncDispose]());

const ask = (gateway: TestGateway, documentId: string, variables = {}, headers = {}) =>
  gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'graphql-client-name': 'web', ...headers },
    body: JSON.stringify({ documentId, variables }),
  });

/** How often requests had to wait for a plan, or for a document to be parsed. */
async function misses({ metrics }: TestGateway): Promise<number> {
  const counters = await Promise.all([metrics.operationCache.get(), metrics.documentCache.get()]);
  return counters
    .flatMap(({ values }) => values)
    .filter(({ labels }) => labels.result === 'miss')
    .reduce((sum, { value }) => sum + value, 0);
}

async function compiled({ metrics }: TestGateway, result: 'ok' | 'failed'): Promise<number> {
  const { values } = await metrics.compiledDocuments.get();
  return values.find(({ labels }) => labels.result === result)?.value ?? 0;
}

describe('trusted documents are compiled ahead', () => {
  test('after a swap no first call plans, whoever calls and whatever its conditions are', async () => {
    const full = createTestKey({ scopes: ['profile:read'], userId: 'u1' });
    const narrow = createTestKey({ userId: 'u1' });
    const keys = [full.record, narrow.record];
    const documents = [HELLO, USER];
    await using gateway = await createTestGateway({ ownPlanner: true, subgraphs: [subgraph], keys });
    const yaml = 'limits: { depth: 9 }';
    await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], keys, documents, yaml }));
    assert.equal(await compiled(gateway, 'ok'), 2);
    const before = await misses(gateway);

    assert.deepEqual((await ask(gateway, 'hello')).body, { data: { hello: 'world' } });
    for (const key of [full.text, narrow.text, undefined]) {
      for (const variables of [{ full: true }, { full: false }, { full: true, brief: true }]) {
        const headers = key === undefined ? {} : { 'x-api-key': key };
        const { body } = await ask(gateway, 'user', variables, headers);
        assert.equal(body.data.user?.email, key === full.text ? 'ada@example.com' : key && null);
      }
    }
    assert.equal(await misses(gateway), before, 'nothing was parsed or planned for a request');
    await gateway.query('{ other: hello }');
    assert.equal(
      await misses(gateway),
      before + 2,
      'what nobody published is parsed and planned when it comes',
    );
  });

  test('a flood of other operations does not push them out', async () => {
    const yaml = 'planning: { cacheBytes: 1048576 }';
    const documents = [HELLO, USER];
    await using gateway = await createTestGateway({
      ownPlanner: true,
      subgraphs: [subgraph],
      documents,
      yaml,
    });
    await gateway.gateway.warmUp();
    const held = async (cache: string) => {
      const { values } = await gateway.metrics.cacheBytes.get();
      return values.find(({ labels }) => labels.cache === cache)?.value ?? 0;
    };
    const aheadBytes = await held('operations ahead');
    assert.ok(aheadBytes > 0);
    let most = 0;
    for (let number = 0; number < 60; number += 1) {
      const fields = Array.from({ length: 45 }, (_, field) => `junk${number}x${field}: hello`);
      assert.equal((await gateway.query(`{ ${fields.join(' ')} }`)).body.errors, undefined);
      most = Math.max(most, await held('operations'));
    }
    assert.ok(most > 524_288 && most <= 1_048_576, `${most} bytes: the cache of the others was full`);
    const before = await misses(gateway);
    for (const id of ['hello', 'user']) await ask(gateway, id, { full: true });
    assert.equal(await misses(gateway), before);
    assert.equal(await held('operations ahead'), aheadBytes);
  });

  test('at a start', async () => {
    await using gateway = await createTestGateway({
      ownPlanner: true,
      subgraphs: [subgraph],
      documents: [HELLO],
    });
    await gateway.gateway.warmUp();
    const before = await misses(gateway);
    assert.deepEqual((await ask(gateway, 'hello')).body, { data: { hello: 'world' } });
    assert.equal(await misses(gateway), before);
  });

  test('a publication keeps the engine, and its new documents are compiled before they are known', async () => {
    const revoked = createTestKey();
    await using gateway = await createTestGateway({
      ownPlanner: true,
      subgraphs: [subgraph],
      documents: [HELLO],
      keys: [revoked.record],
    });
    await gateway.gateway.warmUp();
    assert.equal(await compiled(gateway, 'ok'), 1);
    const documents = [HELLO, { client: 'web', id: 'again', text: 'query Again { again: hello }' }];
    const reloading = gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], documents }));
    const refused = await ask(gateway, 'hello', {}, { 'x-api-key': revoked.text });
    assert.equal(refused.status, 401, 'a key that was revoked does not wait for documents');
    await reloading;
    assert.equal(await compiled(gateway, 'ok'), 2);
    const before = await misses(gateway);
    assert.deepEqual((await ask(gateway, 'again')).body, { data: { again: 'world' } });
    assert.equal(await misses(gateway), before, 'nothing was parsed or planned for a request');
    const starts = await gateway.metrics.plannerStarts.get();
    assert.equal(starts.values[0]?.value, 1, 'the planner stayed');
  });

  test('keys that come while new documents are compiled are the ones that count', async () => {
    const [old, young] = [createTestKey(), createTestKey()];
    await using gateway = await createTestGateway({
      ownPlanner: true,
      subgraphs: [subgraph],
      keys: [old.record],
    });
    const documents = Array.from({ length: 10 }, (_, number) => ({
      client: 'web',
      id: `d${number}`,
      text: `query D${number} { d${number}: hello }`,
    }));
    const options = { subgraphs: [subgraph], documents, keys: [old.record] };
    const reloading = gateway.gateway.reload(createTestSnapshot(options));
    gateway.gateway.replaceKeys([young.record]);
    await reloading;
    assert.equal((await ask(gateway, 'd9', {}, { 'x-api-key': old.text })).status, 401);
    const answer = await ask(gateway, 'd9', {}, { 'x-api-key': young.text });
    assert.deepEqual(answer.body, { data: { d9: 'world' } });
  });

  test('a new schema takes the connections to subgraphs over', async () => {
    const ports = new Set<number | undefined>();
    await using counting = await createTestSubgraph({
      name: 'users',
      sdl: SDL,
      respond(_request, response) {
        ports.add(response.socket?.remotePort);
        response.setHeader('content-type', 'application/json').end('{"data":{"hello":"world"}}');
      },
    });
    const options = { subgraphs: [counting], documents: [HELLO] };
    await using gateway = await createTestGateway(options);
    for (const depth of [9, 8, 7]) {
      await gateway.gateway.reload(createTestSnapshot({ ...options, yaml: `limits: { depth: ${depth} }` }));
      assert.deepEqual((await ask(gateway, 'hello')).body, { data: { hello: 'world' } });
    }
    assert.equal(ports.size, 1);
  });

  test('a document that does not fit the new schema is told and keeps nothing from being served', async () => {
    await using other = await createTestSubgraph({
      name: 'users',
      sdl: 'type Query { bye: String }',
      resolvers: { Query: { bye: () => 'bye' } },
    });
    const bye = { client: 'web', id: 'bye', text: '{ bye }' };
    await using gateway = await createTestGateway({
      ownPlanner: true,
      subgraphs: [subgraph],
      documents: [HELLO],
    });
    await gateway.gateway.reload(createTestSnapshot({ subgraphs: [other], documents: [HELLO, bye] }));
    assert.equal(await compiled(gateway, 'failed'), 1);
    assert.equal(await compiled(gateway, 'ok'), 1);
    assert.deepEqual((await ask(gateway, 'bye')).body, { data: { bye: 'bye' } });
    const refused = await ask(gateway, 'hello');
    assert.equal(refused.body.errors[0].extensions.code, 'GRAPHQL_VALIDATION_FAILED');
  });

  test('without time to wait, a new schema serves at once and compiles meanwhile', async () => {
    const documents = Array.from({ length: 20 }, (_, number) => ({
      client: 'web',
      id: `d${number}`,
      text: `query D${number} { d${number}: hello }`,
    }));
    await using gateway = await createTestGateway({ ownPlanner: true, subgraphs: [subgraph] });
    const yaml = 'documents: { warmMs: 0 }';
    await gateway.gateway.reload(createTestSnapshot({ subgraphs: [subgraph], documents, yaml }));
    assert.ok((await compiled(gateway, 'ok')) < 20);
    assert.deepEqual((await ask(gateway, 'd19')).body, { data: { d19: 'world' } });
  });
});
