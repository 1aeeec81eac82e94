import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { RedisClient } from '../storage/redis.ts';
import { keepWindows, keepWindowsLocally } from './windows/keep-windows.ts';
import { createMemoryWindowStore } from './windows/memory-window-store.ts';
import { createRedisWindowStore } from './windows/redis-window-store.ts';
import type { WindowKeeper } from './windows/window-keeper.ts';

export interface WindowKeeperOptions {
  readonly settings: Pick<GatewaySettings, 'server' | 'budgets'>;
  /** Absent: windows are kept in this process. */
  readonly redis: RedisClient | undefined;
  readonly log: Logger;
}

/** Makes what keeps the field windows of a worker; it outlives snapshots. */
export function createWindowKeeper({ settings, redis, log }: WindowKeeperOptions): WindowKeeper {
  const { server, budgets } = settings;
  if (redis === undefined) return keepWindowsLocally(createMemoryWindowStore(), server.workers);
  const keeper = keepWindows(createRedisWindowStore(redis), {
    workers: server.workers * budgets.machines,
    outageShare: budgets.outageShare,
    decisionTimeoutMs: budgets.decisionTimeoutMs,
    onAway: (reason) => log.warn({ reason }, 'field windows are kept without Redis until it is back'),
    onBack: () => log.info('field windows are kept by Redis again'),
  });
  // A Redis that restarted between two operations has been missed by none of them.
  redis.on('ready', () => keeper.remind());
  return keeper;
}
