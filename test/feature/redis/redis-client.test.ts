import assert from 'node:assert/strict';
import { once } from 'node:events';
import { after, before, describe, it } from 'node:test';
import { createRedisClient, type RedisClient } from '../../../src/storage/redis.ts';
import { createRedisScript } from '../../../src/storage/redis-script.ts';
import { findFreePort } from '../../kit/find-free-port.ts';
import { until } from '../../kit/processes.ts';
import { startRedis, type TestRedis } from '../../kit/redis.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

async function connected(url: string, said: string[] = []): Promise<RedisClient & AsyncDisposable> {
  const client = createRedisClient(url, {
    name: 'test',
    onReady: () => said.push('ready'),
    onAway: (reason) => said.push(`away: ${reason}`),
  });
  if (client.status !== 'ready') await once(client, 'ready');
  return Object.assign(client, {
    async [Symbol.asyncDispose]() {
      client.disconnect();
    },
  });
}

describe('the Redis client', () => {
  let redis: TestRedis;
  before(async () => {
    redis = await startRedis();
  });
  after(() => redis[Symbol.asyncDispose]());

  it('fails at once while Redis is away, tells so once, and comes back by itself', async () => {
    const said: string[] = [];
    await using client = await connected(redis.url, said);
    await redis.kill();
    await until(() => said.length === 2);
    await assert.rejects(client.get('a'));
    await redis.restart();
    await until(() => said.length === 3);
    assert.equal(await client.set('a', '1'), 'OK');
    assert.deepEqual(said, ['ready', 'away: the connection was closed', 'ready']);
  });

  it('gives up on a frozen Redis', async () => {
    await using client = await connected(redis.url);
    redis.freeze();
    await assert.rejects(client.get('a'), /timed out/);
    redis.thaw();
    await until(() =>
      client.ping().then(
        () => true,
        () => false,
      ),
    );
  });

  it('sends a script by its hash, and its text when Redis does not know it', async () => {
    await using client = await connected(redis.url);
    const script = createRedisScript("return {KEYS[1], ARGV[1], redis.call('INCR', KEYS[1])}");
    assert.deepEqual(await script.run(client, ['n'], ['x']), ['n', 'x', 1]);
    assert.deepEqual(await script.run(client, ['n'], ['x']), ['n', 'x', 2]);
    await redis.command('SCRIPT', 'FLUSH');
    assert.deepEqual(await script.run(client, ['n'], ['x']), ['n', 'x', 3]);
    assert.match(String(await redis.command('INFO', 'commandstats')), /cmdstat_eval:calls=2,/);
  });

  it('does not let a password or an address of its own out when it cannot connect', async () => {
    const port = await findFreePort();
    const told = Promise.withResolvers<string>();
    const client = createRedisClient(`redis://app:hunter2@127.0.0.1:${port}`, {
      name: 'test',
      onAway: told.resolve,
    });
    assert.equal(await told.promise, 'ECONNREFUSED');
    client.disconnect();
  });

  it('finds the primary through a Sentinel', async () => {
    using folder = createTemporaryFolder();
    const config = folder.write('sentinel.conf', `sentinel monitor main 127.0.0.1 ${redis.port} 1\n`);
    await using sentinel = await startRedis({ sentinelConfig: config });
    await using client = await connected(`redis+sentinel://127.0.0.1:${sentinel.port}/main`);
    assert.equal(await client.set('by', 'sentinel'), 'OK');
    assert.equal(await redis.command('GET', 'by'), 'sentinel');
  });

  it('talks to a Cluster', async () => {
    const busPort = await findFreePort();
    await using cluster = await startRedis({
      args: [
        '--cluster-enabled',
        'yes',
        '--cluster-port',
        `${busPort}`,
        '--cluster-announce-ip',
        '127.0.0.1',
      ],
    });
    await cluster.command('CLUSTER', 'ADDSLOTSRANGE', 0, 16_383);
    await until(async () => String(await cluster.command('CLUSTER', 'INFO')).includes('cluster_state:ok'));
    await using client = await connected(`redis+cluster://127.0.0.1:${cluster.port}`);
    const script = createRedisScript("redis.call('SET', KEYS[1], '1'); return redis.call('INCR', KEYS[2])");
    assert.equal(await script.run(client, ['{acc}:a', '{acc}:b'], []), 1);
  });
});
