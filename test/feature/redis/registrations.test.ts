import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, afterEach, before, beforeEach, test } from 'node:test';
import { createRedisClient, type RedisClient } from '../../../src/storage/redis.ts';
import { createTestGateway, createTestKey, type TestGateway } from '../../kit/gateway.ts';
import { junkRegistration, registration } from '../../kit/junk-documents.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';
import { createTestSubgraph, type TestSubgraph } from '../../kit/subgraph.ts';

/** Registrations at the HTTP door, kept in Redis; `npm run soak:registrations` is the long form. */

const TEXTS = '{tributary:documents}:text';
const HELLO = 'query Hello { hello }';
const BYTES = 40_000;
/** Bytes that are counted for each of these documents: their text, and 300. */
const LEAST_ENTRY = 325;

let redis: TestRedis;
let client: RedisClient;
let subgraph: TestSubgraph;
const key = createTestKey();

before(async () => {
  redis = await startRedis();
  subgraph = await createTestSubgraph({
    name: 'greeting',
    sdl: 'type Query { hello: String }',
    resolvers: { Query: { hello: () => 'world' } },
  });
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
  await redis.command('CONFIG', 'RESETSTAT');
  // A gateway that is closed closes its connection.
  const { promise, resolve } = Promise.withResolvers<void>();
  client = createRedisClient(redis.url, { name: 'test', commandTimeoutMs: 5_000, onReady: resolve });
  await promise;
});
afterEach(() => client.disconnect());
after(async () => {
  await subgraph[Symbol.asyncDispose]();
  await redis[Symbol.asyncDispose]();
});

const createGateway = (yaml: string): Promise<TestGateway> =>
  createTestGateway({ subgraphs: [subgraph], keys: [key.record], redis: client, yaml });
const post = (gateway: TestGateway, body: string) =>
  gateway.fetch('/graphql', {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-api-key': key.text },
    body,
  });
const byHash = (text: string) => {
  const sha256Hash = createHash('sha256').update(text).digest('hex');
  return JSON.stringify({ extensions: { persistedQuery: { version: 1, sha256Hash } } });
};
/** How often Redis was told to keep a text. */
async function writes(): Promise<number> {
  await client.ping();
  const stats = String(await redis.command('INFO', 'commandstats'));
  return Number(/cmdstat_hsetnx:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

test('a thousand requests at once that register one document cause one write, and all are answered', async () => {
  await using gateway = await createGateway('');
  const answers = await Promise.all(Array.from({ length: 1_000 }, () => post(gateway, registration(HELLO))));
  for (const { body } of answers) assert.deepEqual(body, { data: { hello: 'world' } });
  assert.equal(await writes(), 1);
});

test('a refused document is not written', async () => {
  await using gateway = await createGateway('limits: { depth: 1 }');
  const mismatch = registration(HELLO).replace(/"query":"[^"]*"/, '"query":"{ hello }"');
  for (const body of [registration('{ unknown }'), registration('{ hello'), mismatch, byHash(HELLO)]) {
    assert.ok((await post(gateway, body)).body.errors.length > 0);
  }
  assert.equal(await writes(), 0);
  assert.equal(await redis.command('EXISTS', TEXTS), 0);
});

test('junk stays within its bytes in Redis and in memory', async () => {
  await using gateway = await createGateway(`documents: { automatic: { bytes: ${BYTES} } }`);
  for (let number = 0; number < 400; number += 1) await post(gateway, junkRegistration(number));
  assert.equal(await writes(), 400);
  const kept = Number(await redis.command('HLEN', TEXTS));
  assert.ok(kept > 50 && kept <= BYTES / LEAST_ENTRY, `${kept} documents in Redis`);
  const held = await gateway.metrics.cacheBytes.get();
  const bytes = held.values.find(({ labels }) => labels.cache === 'registered')?.value ?? 0;
  assert.ok(bytes > BYTES / 2 && bytes <= BYTES, `${bytes} bytes in memory`);
});
