import type { RedisClient } from '../../storage/redis.ts';

/** Remembers which nonces were used. */
export interface NonceStore {
  /**
   * Takes a nonce for a time after which its signature is too old anyway.
   *
   * @returns false when it was taken before
   * @throws when that cannot be said now
   */
  take(keyId: string, nonce: string, forMs: number): Promise<boolean>;
}

/** The store is full of nonces that all still count. */
export class NonceStoreFull extends Error {
  override readonly name = 'NonceStoreFull';
}

/**
 * Keeps nonces in this process. It forgets none that counts: when it is full of them, signed requests are refused until
 * the oldest has run out.
 *
 * @param most - how many it holds
 * @param now - a clock in milliseconds that never goes back
 */
export function createMemoryNonceStore(
  most: number,
  now: () => number = () => performance.now(),
): NonceStore {
  /** When each ends; in the order of insertion, which is nearly that of their ends. */
  const ends = new Map<string, number>();
  return {
    async take(keyId, nonce, forMs) {
      const nowMs = now();
      for (const [name, endsAtMs] of ends) {
        if (endsAtMs > nowMs) break;
        ends.delete(name);
      }
      const name = `${keyId} ${nonce}`;
      const known = ends.get(name);
      if (known !== undefined && known > nowMs) return false;
      if (ends.size >= most) throw new NonceStoreFull(`${most} nonces are in use`);
      ends.delete(name);
      ends.set(name, nowMs + forMs);
      return true;
    },
  };
}

/** Keeps nonces in Redis, for all workers and machines. While Redis is away, signed requests are refused. */
export function createRedisNonceStore(redis: RedisClient): NonceStore {
  return {
    async take(keyId, nonce, forMs) {
      const reply = await redis.set(`tributary:nonce:${keyId}:${nonce}`, '1', 'PX', Math.ceil(forMs), 'NX');
      return reply === 'OK';
    },
  };
}
