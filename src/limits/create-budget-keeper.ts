import type { GatewaySettings } from '../config/gateway-settings.ts';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';
import type { RedisClient } from '../storage/redis.ts';
import type { BudgetKeeper } from './budget/budget-keeper.ts';
import { keepInStore } from './budget/keep-in-store.ts';
import { keepLocally } from './budget/keep-locally.ts';
import { createMemoryBudgetStore } from './budget/memory-budget-store.ts';
import { createRedisBudgetStore } from './budget/redis-budget-store.ts';

export interface BudgetKeeperOptions {
  readonly settings: Pick<GatewaySettings, 'server' | 'budgets'>;
  /** Absent: budgets are kept in this process. */
  readonly redis: RedisClient | undefined;
  readonly metrics: Metrics;
  readonly log: Logger;
}

/** Makes what keeps the budgets of a worker; it outlives snapshots. */
export function createBudgetKeeper({ settings, redis, metrics, log }: BudgetKeeperOptions): BudgetKeeper {
  const { server, budgets } = settings;
  if (redis === undefined) {
    if (server.workers > 1 && budgets.mode !== 'off') {
      log.warn(
        { workers: server.workers },
        'there is no REDIS_URL: each worker enforces its share of every budget, the limit divided by the workers',
      );
    }
    return keepLocally(createMemoryBudgetStore(), server.workers);
  }
  return keepInStore(createRedisBudgetStore(redis), {
    workers: server.workers * budgets.machines,
    outageShare: budgets.outageShare,
    decisionTimeoutMs: budgets.decisionTimeoutMs,
    onAway(reason) {
      metrics.budgetStoreAway.set(1);
      log.warn({ reason }, 'budgets are decided without Redis until it is back');
    },
    onBack() {
      metrics.budgetStoreAway.set(0);
      log.info('budgets are decided by Redis again');
    },
  });
}
