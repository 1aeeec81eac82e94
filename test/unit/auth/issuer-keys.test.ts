import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportJWK, generateKeyPair, type JWK } from 'jose';
import { createIssuerKeys, REFETCH_PAUSE_MS } from '../../../src/auth/jwt/issuer-keys.ts';
import { createLogger } from '../../../src/observability/logger.ts';

const TOKEN = { payload: '', signature: '' };
const MINUTE_MS = 60_000;

async function createKey(kid: string): Promise<JWK> {
  const { publicKey } = await generateKeyPair('ES256', { extractable: true });
  return { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
}

/** Keys over an issuer and a clock that a test sets. */
function createWorld(keys: JWK[]) {
  const world = { keys, nowMs: 0, fetches: 0, isAway: false };
  const find = createIssuerKeys({
    url: 'https://issuer.test',
    log: createLogger('test', 'silent'),
    now: () => world.nowMs,
    async fetch() {
      world.fetches += 1;
      if (world.isAway) throw new Error('away');
      return { keys: world.keys };
    },
  });
  return Object.assign(world, {
    has: (kid: string) =>
      find({ alg: 'ES256', kid }, TOKEN).then(
        () => true,
        () => false,
      ),
  });
}

test('a key that is new is fetched when a token names it, once the pause is over', async () => {
  const world = createWorld([await createKey('old')]);
  assert.equal(await world.has('old'), true);
  world.keys = [await createKey('old'), await createKey('new')];
  world.nowMs = REFETCH_PAUSE_MS - 1;
  assert.deepEqual([await world.has('new'), world.fetches], [false, 1]);
  world.nowMs = REFETCH_PAUSE_MS;
  assert.deepEqual([await world.has('new'), world.fetches], [true, 2]);
});

test('a key that was withdrawn ends with the next refresh, which nobody waits for', async () => {
  const world = createWorld([await createKey('old')]);
  assert.equal(await world.has('old'), true);
  world.keys = [await createKey('new')];
  world.nowMs = 11 * MINUTE_MS;
  assert.equal(await world.has('old'), true);
  assert.deepEqual([await world.has('old'), world.fetches], [false, 2]);
});

test('keys that are known hold for as long as the issuer is away', async () => {
  const world = createWorld([await createKey('old')]);
  assert.equal(await world.has('old'), true);
  world.isAway = true;
  for (let day = 1; day <= 3; day += 1) {
    world.nowMs = day * 24 * 60 * MINUTE_MS;
    assert.equal(await world.has('old'), true);
  }
  assert.equal(world.fetches, 4);
});

test('an issuer that is away at first is asked again after the pause', async () => {
  const world = createWorld([await createKey('old')]);
  world.isAway = true;
  assert.equal(await world.has('old'), false);
  world.isAway = false;
  assert.equal(await world.has('old'), false);
  world.nowMs = REFETCH_PAUSE_MS;
  assert.deepEqual([await world.has('old'), world.fetches], [true, 2]);
});
