import assert from 'node:assert/strict';
import { describe, it } from 'node:test';
import { ConfigError } from '../../../src/errors/errors.ts';
import { parseRedisUrl } from '../../../src/storage/redis-url.ts';

const NOBODY = { username: undefined, password: undefined, tls: false };

describe('the address of Redis', () => {
  it('names one server', () => {
    assert.deepEqual(parseRedisUrl('redis://localhost'), {
      ...NOBODY,
      kind: 'single',
      host: 'localhost',
      port: 6379,
      db: 0,
    });
    assert.deepEqual(parseRedisUrl('rediss://app:p%40ss@[::1]:7000/3'), {
      kind: 'single',
      host: '::1',
      port: 7000,
      db: 3,
      username: 'app',
      password: 'p@ss',
      tls: true,
    });
  });

  it('names Sentinels and the primary that they watch', () => {
    assert.deepEqual(parseRedisUrl('redis+sentinel://:secret@one:26380,two/main/2'), {
      ...NOBODY,
      kind: 'sentinel',
      password: 'secret',
      nodes: [
        { host: 'one', port: 26_380 },
        { host: 'two', port: 26_379 },
      ],
      primaryName: 'main',
      db: 2,
    });
  });

  it('names nodes of a Cluster', () => {
    assert.deepEqual(parseRedisUrl('redis+cluster://one:7000,two'), {
      ...NOBODY,
      kind: 'cluster',
      nodes: [
        { host: 'one', port: 7000 },
        { host: 'two', port: 6379 },
      ],
    });
  });

  for (const url of [
    '',
    'localhost:6379',
    'http://app:hunter2@localhost',
    'redis://app:hunter2@',
    'redis://app:hunter2@one,two',
    'redis://app:hunter2@one/name',
    'redis://app:hunter2@one:70000',
    'redis://app:hunter2%@one',
    'redis+sentinel://app:hunter2@one',
    'redis+cluster://app:hunter2@one/1',
  ]) {
    it(`refuses ${url === '' ? 'an empty address' : url}, without telling the password`, () => {
      assert.throws(
        () => parseRedisUrl(url),
        (error) =>
          error instanceof ConfigError &&
          error.code === 'REDIS_URL_INVALID' &&
          !error.message.includes('hunter2'),
      );
    });
  }
});
