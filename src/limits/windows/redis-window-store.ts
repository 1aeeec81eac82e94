import type { RedisClient } from '../../storage/redis.ts';
import { createRedisScript } from '../../storage/redis-script.ts';
import type { WindowOutcome, WindowStore, WindowTake } from './field-window.ts';
import { WINDOW_SCRIPT } from './window-script.ts';

/** Keeps windows in Redis, for every process that shares it, in the hash slot of the account's budget. */
export function createRedisWindowStore(client: RedisClient, prefix = 'tributary'): WindowStore {
  const script = createRedisScript(WINDOW_SCRIPT);
  const run = async (
    kind: string,
    { account, window, id, count }: WindowTake,
    last: number,
  ): Promise<WindowOutcome> => {
    // Braces would end the hash tag early.
    const key = `${prefix}:{${encodeURIComponent(account)}}:window:${window.coordinate}`;
    const reply = await script.run(client, [key], [kind, window.windowMs, id, count, last]);
    const [isGranted = 0, used = 0, waitMs = 0] = reply as readonly number[];
    return { isGranted: isGranted === 1, used, waitMs };
  };
  return {
    take: (take) => run('take', take, take.window.max),
    giveBack: async (take) => void (await run('give-back', take, 0)),
    enter: async ({ take, ageMs }) => void (await run('enter', take, Math.max(0, Math.round(ageMs)))),
  };
}
