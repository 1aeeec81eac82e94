import { createHash } from 'node:crypto';
import { gatherWrites } from './gather-writes.ts';
import type { RedisClient } from './redis.ts';

/** A Lua script that runs as one step of Redis. */
export interface RedisScript {
  /**
   * Runs it by its hash; its text travels only when Redis does not know it (a restart, `SCRIPT FLUSH`, another node).
   *
   * @param keys - every key that the script touches; in a Cluster all of one hash slot
   * @returns what the script returns
   * @throws the error of Redis, or of the client when there is no answer in time
   */
  run(client: RedisClient, keys: readonly string[], args: readonly (string | number)[]): Promise<unknown>;
}

/** Prepares a script. @param lua - its text; its hash is taken once */
export function createRedisScript(lua: string): RedisScript {
  const sha1 = createHash('sha1').update(lua).digest('hex');
  return {
    async run(client, keys, args) {
      gatherWrites(client);
      try {
        return await client.evalsha(sha1, keys.length, ...keys, ...args);
      } catch (error) {
        if (!(error as Error).message.startsWith('NOSCRIPT')) throw error;
        return client.eval(lua, keys.length, ...keys, ...args);
      }
    },
  };
}
