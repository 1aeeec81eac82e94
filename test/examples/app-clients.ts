import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { describe, test } from 'node:test';
import { promisify } from 'node:util';
import { ApolloClient, CombinedGraphQLErrors, gql, HttpLink, InMemoryCache } from '@apollo/client/core';
import { PersistedQueryLink } from '@apollo/client/link/persisted-queries';
import {
  generatePersistedQueryIdsFromManifest,
  type PersistedQueryManifestForGeneratingPersistedQueryIds,
} from '@apollo/persisted-query-lists';
import { Client, fetchExchange } from '@urql/core';
import { persistedExchange } from '@urql/exchange-persisted';
import type { TestPlatform } from '../kit/platform.ts';
import { createTemporaryFolder } from '../kit/temporary-folder.ts';

/** Where the clients ask, and how their documents get there. */
export interface AppWorld {
  readonly platform: () => TestPlatform;
  readonly publish: (manifestPath: string, client: string) => Promise<void>;
}

/** The client that may run nothing but what it published, by id. */
export const STRICT_CLIENTS = ['apollo-app', 'urql-app', 'relay-app'] as const;

const PRICE = `query AppPrice($id: ID!) {
  token(id: $id) {
    __typename
    id
    symbol
    price {
      __typename
      amount
    }
  }
}`;
const OTHER = 'query AppOther { chains { id } }';
const hashWith = (algorithm: string) => (text: string) => createHash(algorithm).update(text).digest('hex');
const sha256 = hashWith('sha256');

/** A request as a client sent it. */
interface SentRequest {
  readonly method: string;
  readonly query: string | null;
  readonly hash: string | undefined;
}

/** `fetch` that remembers what went through it. */
function createRecorder(): { readonly fetch: typeof fetch; readonly sent: SentRequest[] } {
  const sent: SentRequest[] = [];
  return {
    sent,
    fetch: (input, init) => {
      const search = new URL(String(input)).searchParams;
      const body = typeof init?.body === 'string' ? JSON.parse(init.body) : Object.fromEntries(search);
      const extensions =
        typeof body.extensions === 'string' ? JSON.parse(body.extensions) : (body.extensions ?? {});
      sent.push({
        method: init?.method ?? 'GET',
        query: body.query ?? null,
        hash: extensions.persistedQuery?.sha256Hash,
      });
      return fetch(input, init);
    },
  };
}

/** The clients that apps use, each as its documentation sets it up. */
export function describeAppClients({ platform, publish }: AppWorld): void {
  const headers = (client: string) => ({
    'x-api-key': platform().demo.keys.pro,
    'apollographql-client-name': client,
    'apollographql-client-version': '1.0.0',
  });

  describe('@apollo/client', () => {
    const createClient = (name: string, options: PersistedQueryLink.Options) => {
      const recorder = createRecorder();
      const http = new HttpLink({
        uri: platform().demo.graphql,
        headers: headers(name),
        fetch: recorder.fetch,
      });
      const client = new ApolloClient({
        cache: new InMemoryCache(),
        link: new PersistedQueryLink(options).concat(http),
      });
      const priceOf = async (id: string) =>
        client.query<{ token: { symbol: string } }>({ query: gql(PRICE), variables: { id } });
      return { client, priceOf, sent: recorder.sent };
    };

    test('registers a document by its hash once, then sends the hash alone', async () => {
      const { priceOf, sent } = createClient('apollo-hash', { sha256 });
      assert.equal((await priceOf('bitcoin')).data?.token.symbol, 'BTC');
      assert.equal((await priceOf('ethereum')).data?.token.symbol, 'ETH');
      const [{ hash } = { hash: undefined }] = sent;
      assert.match(String(hash), /^[\da-f]{64}$/);
      assert.deepEqual(
        sent.map(({ query, hash: each }) => [query !== null, each === hash]),
        [
          [false, true],
          [true, true],
          [false, true],
        ],
        'the hash, the text with it, the hash',
      );
      const byGet = createClient('apollo-hash', { sha256, useGETForHashedQueries: true });
      assert.equal((await byGet.priceOf('bitcoin')).data?.token.symbol, 'BTC');
      assert.deepEqual(byGet.sent, [{ method: 'GET', query: null, hash }]);
    });

    test('asks by the ids of the manifest that its own tool writes, and can ask for nothing else', async () => {
      using folder = createTemporaryFolder();
      folder.write('operations.graphql', PRICE);
      folder.write(
        'persisted-query-manifest.config.json',
        JSON.stringify({ documents: ['*.graphql'], output: 'manifest.json' }),
      );
      const tool = createRequire(import.meta.url).resolve(
        '@apollo/generate-persisted-query-manifest/package.json',
      );
      await promisify(execFile)(process.execPath, [join(dirname(tool), 'cli.js')], { cwd: folder.path });
      const file = join(folder.path, 'manifest.json');
      await publish(file, 'apollo-app');

      const manifest: PersistedQueryManifestForGeneratingPersistedQueryIds = JSON.parse(
        readFileSync(file, 'utf8'),
      );
      const unpublished = { name: 'AppOther', id: 'never-published' };
      const app = createClient(
        'apollo-app',
        generatePersistedQueryIdsFromManifest({
          loadManifest: () => ({ operations: [...manifest.operations, unpublished] }),
        }),
      );
      assert.equal((await app.priceOf('bitcoin')).data?.token.symbol, 'BTC');
      assert.deepEqual(app.sent, [{ method: 'POST', query: null, hash: manifest.operations[0]?.id }]);
      await assert.rejects(app.client.query({ query: gql(OTHER) }), (error) => {
        assert.ok(CombinedGraphQLErrors.is(error));
        // It found the id unknown, and sent the text.
        assert.match(String(app.sent.at(-1)?.query), /^query AppOther/);
        assert.equal(error.errors[0]?.extensions?.code, 'PERSISTED_QUERY_ONLY');
        return true;
      });
    });
  });

  describe('urql', () => {
    const createClient = (name: string, options: Parameters<typeof persistedExchange>[0]) => {
      const recorder = createRecorder();
      const client = new Client({
        url: platform().demo.graphql,
        exchanges: [persistedExchange(options), fetchExchange],
        fetchOptions: { headers: headers(name) },
        fetch: recorder.fetch,
        requestPolicy: 'network-only',
      });
      const priceOf = async (id: string) => {
        const { data, error } = await client.query(PRICE, { id }).toPromise();
        assert.equal(error, undefined);
        return data.token.symbol;
      };
      return { client, priceOf, sent: recorder.sent };
    };

    for (const preferGetForPersistedQueries of [true, false]) {
      const method = preferGetForPersistedQueries ? 'GET' : 'POST';
      test(`registers a document by its hash once, then sends the hash alone by ${method}`, async () => {
        const { priceOf, sent } = createClient(`urql-${method}`, { preferGetForPersistedQueries });
        assert.equal(await priceOf('bitcoin'), 'BTC');
        assert.equal(await priceOf('ethereum'), 'ETH');
        const last = sent.at(-1);
        assert.equal(last?.method, method);
        assert.equal(last?.query, null);
        assert.ok(sent.filter(({ query }) => query !== null).length <= 1, 'the text went once at most');
      });
    }

    test('asks by ids of its own choice, and can ask for nothing else', async () => {
      using folder = createTemporaryFolder();
      await publish(folder.write('manifest.json', JSON.stringify({ 'price-1': PRICE })), 'urql-app');
      const app = createClient('urql-app', {
        enforcePersistedQueries: true,
        preferGetForPersistedQueries: false,
        generateHash: async (text) => (text.includes('AppPrice') ? 'price-1' : 'none'),
      });
      assert.equal(await app.priceOf('bitcoin'), 'BTC');
      assert.deepEqual(app.sent, [{ method: 'POST', query: null, hash: 'price-1' }]);
      const { error } = await app.client.query(OTHER, {}).toPromise();
      assert.equal(error?.graphQLErrors[0]?.extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
    });
  });

  describe('Relay', () => {
    /** The network function of Relay's documentation; `id` and `text` are those of the compiler's artifacts. */
    const fetchQuery = async (
      operation: { readonly id: string | null; readonly text: string | null },
      variables: Readonly<Record<string, unknown>>,
    ) => {
      const response = await fetch(platform().demo.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', ...headers('relay-app') },
        body: JSON.stringify({ doc_id: operation.id, query: operation.text, variables }),
      });
      // biome-ignore lint/suspicious/noExplicitAny: tests read answers of any form
      return response.json() as Promise<any>;
    };

    test('asks by the MD5 ids that its compiler writes, and can ask for nothing else', async () => {
      const id = hashWith('md5')(PRICE);
      using folder = createTemporaryFolder();
      await publish(folder.write('persisted-queries.json', JSON.stringify({ [id]: PRICE })), 'relay-app');
      const answer = await fetchQuery({ id, text: null }, { id: 'bitcoin' });
      assert.equal(answer.data?.token.symbol, 'BTC');
      const unknown = await fetchQuery({ id: hashWith('md5')(OTHER), text: null }, {});
      assert.equal(unknown.errors[0].extensions.code, 'PERSISTED_QUERY_NOT_FOUND');
      const text = await fetchQuery({ id: null, text: PRICE }, { id: 'bitcoin' });
      assert.equal(text.errors[0].extensions.code, 'PERSISTED_QUERY_ONLY');
      const both = await fetchQuery({ id, text: PRICE }, { id: 'bitcoin' });
      assert.equal(both.errors[0].extensions.code, 'BAD_REQUEST');
    });
  });
}
