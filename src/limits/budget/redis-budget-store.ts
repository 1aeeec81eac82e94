import type { RedisClient } from '../../storage/redis.ts';
import { createRedisScript } from '../../storage/redis-script.ts';
import {
  type BudgetOutcome,
  type BudgetState,
  type BudgetStore,
  BudgetStoreError,
  keepForMs,
  MICRO,
  type Reservation,
  refillMicroPerMs,
  requirePoints,
  type Settlement,
} from './budget.ts';
import { BUDGET_SCRIPT } from './budget-script.ts';
import { MARKER_TTL_MS } from './memory-budget-store.ts';

/**
 * Keeps budgets in Redis, for every process that shares it. One account is one hash slot, so that a Cluster serves it
 * as well.
 */
export function createRedisBudgetStore(client: RedisClient, prefix = 'tributary'): BudgetStore {
  const script = createRedisScript(BUDGET_SCRIPT);

  async function run(
    kind: string,
    { account, requestId, points, limits }: Settlement | Reservation,
    known?: BudgetState,
  ): Promise<BudgetOutcome> {
    requirePoints(points);
    // Braces would end the hash tag early.
    const slot = `${prefix}:{${encodeURIComponent(account)}}`;
    const keys = [`${slot}:budget`, `${slot}:request:${requestId}`];
    const args = [
      kind,
      limits.bucketPoints * MICRO,
      refillMicroPerMs(limits),
      limits.monthPoints ?? -1,
      points,
      keepForMs(limits),
      MARKER_TTL_MS,
      ...(known === undefined
        ? []
        : [known.bornMs, known.levelMicro, known.atMs, known.month, known.usedPoints]),
    ];
    try {
      return readOutcome(await script.run(client, keys, args));
    } catch (cause) {
      throw new BudgetStoreError((cause as Error).message, { cause });
    }
  }

  return {
    reserve: (reservation) => run('reserve', reservation, reservation.known),
    async settle(settlement) {
      const { state } = await run(settlement.kind, settlement);
      return state;
    },
    async close() {
      client.disconnect();
    },
  };
}

function readOutcome(reply: unknown): BudgetOutcome {
  const [short, ...numbers] = reply as readonly string[];
  const [levelMicro = 0, atMs = 0, month = 0, usedPoints = 0, bornMs = 0] = numbers.map(Number);
  return {
    short: short === 'bucket' || short === 'month' ? short : undefined,
    state: { levelMicro, atMs, month, usedPoints, bornMs },
  };
}
