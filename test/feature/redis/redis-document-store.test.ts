import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { after, before, beforeEach, test } from 'node:test';
import { createRedisDocumentStore } from '../../../src/caching/redis-document-store.ts';
import { createRedisClient, type RedisClient } from '../../../src/storage/redis.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';

const TEXTS = '{tributary:documents}:text';
const hashOf = (text: string) => createHash('sha256').update(text).digest('hex');

let redis: TestRedis;
const clients: RedisClient[] = [];
before(async () => {
  redis = await startRedis();
});
beforeEach(async () => {
  await redis.command('FLUSHALL');
});
after(async () => {
  for (const client of clients) client.disconnect();
  await redis[Symbol.asyncDispose]();
});

async function connect(): Promise<RedisClient> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const client = createRedisClient(redis.url, { name: 'test', commandTimeoutMs: 2_000, onReady: resolve });
  clients.push(client);
  await promise;
  return client;
}

test('what one process keeps, another one finds', async () => {
  const [one, other] = [await connect(), await connect()];
  createRedisDocumentStore(one, 100_000).put(hashOf('{ a }'), '{ a }');
  // Commands of one connection are answered in order: the document is there.
  await one.ping();
  const store = createRedisDocumentStore(other, 100_000);
  assert.equal(await store.get(hashOf('{ a }')), '{ a }');
  assert.equal(await store.get(hashOf('{ b }')), undefined);
  assert.equal(await store.get('__proto__'), undefined);
});

test('a document that a thousand clients register at once is written once', async () => {
  const client = await connect();
  const store = createRedisDocumentStore(client, 100_000);
  await redis.command('CONFIG', 'RESETSTAT');
  for (let each = 0; each < 1_000; each += 1) store.put(hashOf('{ a }'), '{ a }');
  await client.ping();
  const stats = String(await redis.command('INFO', 'commandstats'));
  assert.match(stats, /cmdstat_hsetnx:calls=1,/);
});

test('junk stays within the bytes that are allowed, and what is used stays', async () => {
  const client = await connect();
  const bytes = 20_000;
  const used = '{ used }';
  createRedisDocumentStore(client, bytes).put(hashOf(used), used);
  // Each store stands for a process of its own: none has the other's copies.
  for (let each = 0; each < 500; each += 1) {
    const text = `{ junk${each} }`;
    createRedisDocumentStore(client, bytes).put(hashOf(text), text);
    if (each % 10 === 0) {
      // The order of uses goes by milliseconds of Redis.
      const before = String(await client.time());
      while (String(await client.time()).slice(0, -3) === before.slice(0, -3));
      assert.equal(await createRedisDocumentStore(client, bytes).get(hashOf(used)), used);
    }
  }
  const kept = Number(await redis.command('HLEN', TEXTS));
  assert.ok(kept >= 50 && kept <= 66, `${kept} documents of about 310 bytes in ${bytes}`);
  assert.equal(Number(await redis.command('ZCARD', '{tributary:documents}:used')), kept);
});

test('without Redis the documents of this process serve on, and nothing fails', async () => {
  const client = await connect();
  const store = createRedisDocumentStore(client, 100_000);
  store.put(hashOf('{ a }'), '{ a }');
  await client.ping();
  await redis.kill();
  store.put(hashOf('{ b }'), '{ b }');
  assert.equal(await store.get(hashOf('{ a }')), '{ a }');
  assert.equal(await store.get(hashOf('{ b }')), '{ b }');
  assert.equal(await store.get(hashOf('{ c }')), undefined);
  await redis.restart();
});
