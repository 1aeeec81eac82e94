import { once } from 'node:events';
import type { BudgetLimits } from '../../src/limits/budget/budget.ts';
import type { BudgetKeeper } from '../../src/limits/budget/budget-keeper.ts';
import { keepInStore } from '../../src/limits/budget/keep-in-store.ts';
import { createRedisBudgetStore } from '../../src/limits/budget/redis-budget-store.ts';
import { createRedisClient } from '../../src/storage/redis.ts';
import { until } from './processes.ts';
import { startRedis, type TestRedis } from './redis.ts';

/** What can befall Redis, and how it ends. */
export interface Outage {
  readonly name: string;
  readonly begin: (redis: TestRedis) => Promise<void> | void;
  readonly end: (redis: TestRedis) => Promise<void> | void;
  /** Whether deciding goes on by Redis all the time. */
  readonly isHarmless?: boolean;
}

/** A dataset that takes a while to load, so that Redis answers LOADING when it comes back. */
const SLOW_START = ['--key-load-delay', '3000', '--loading-process-events-interval-bytes', '1024'];

export const OUTAGES: readonly Outage[] = [
  { name: 'killed, back empty', begin: (redis) => redis.kill(), end: (redis) => redis.restart() },
  { name: 'frozen', begin: (redis) => redis.freeze(), end: (redis) => redis.thaw() },
  {
    name: 'restarted empty',
    begin: (redis) => redis.restart(),
    end: () => {},
  },
  {
    name: 'scripts forgotten (NOSCRIPT)',
    begin: async (redis) => void (await redis.command('SCRIPT', 'FLUSH')),
    end: () => {},
    isHarmless: true,
  },
  {
    name: 'a replica (READONLY)',
    begin: async (redis) => void (await redis.command('REPLICAOF', '127.0.0.1', 1)),
    end: async (redis) => void (await redis.command('REPLICAOF', 'NO', 'ONE')),
  },
  {
    name: 'out of memory (OOM)',
    begin: async (redis) => void (await redis.command('CONFIG', 'SET', 'maxmemory', 1)),
    end: async (redis) => void (await redis.command('CONFIG', 'SET', 'maxmemory', 0)),
  },
  {
    name: 'loading (LOADING)',
    async begin(redis) {
      await redis.command('EVAL', "for i = 1, 300 do redis.call('SET', 'x' .. i, i) end", 0);
      await redis.command('SAVE');
      await redis.restart({ args: SLOW_START, untilLoaded: false });
    },
    end: () => {},
  },
];

export interface OutageRun {
  /** Workers that spend of one account. */
  readonly workers: number;
  /** How long the load runs before, during and after. */
  readonly phaseMs: number;
  readonly limits: BudgetLimits;
  /** Requests of 1 point a second and worker. */
  readonly requestsPerSecond: number;
}

export interface OutageFigures {
  readonly admitted: number;
  /** Bucket and what flowed in. */
  readonly limit: number;
  readonly failures: number;
  /** Decisions that took at least half of the time that they may take. */
  readonly slowDecisions: number;
  readonly longestMs: number;
  /** From the end of the outage to the last worker that asks Redis again; 0 where none noticed. */
  readonly backAfterMs: number;
}

const DECISION_TIMEOUT_MS = 50;
const OUTAGE_SHARE = 0.1;

/** Has workers spend of one account while something befalls Redis, and counts. */
export async function runOutage(outage: Outage, run: OutageRun): Promise<OutageFigures> {
  await using redis = await startRedis();
  const away = new Set<number>();
  let backMs = 0;
  const keepers: BudgetKeeper[] = [];
  for (let index = 0; index < run.workers; index += 1) {
    const client = createRedisClient(redis.url, { name: `worker ${index}`, commandTimeoutMs: 1_000 });
    await once(client, 'ready');
    keepers.push(
      keepInStore(createRedisBudgetStore(client), {
        workers: run.workers,
        outageShare: OUTAGE_SHARE,
        decisionTimeoutMs: DECISION_TIMEOUT_MS,
        onAway: () => away.add(index),
        onBack() {
          away.delete(index);
          backMs = performance.now();
        },
      }),
    );
  }
  const load = startLoad(keepers, run);
  const phase = () => new Promise((resolve) => setTimeout(resolve, run.phaseMs));
  await phase();
  await outage.begin(redis);
  await phase();
  const endedMs = performance.now();
  await outage.end(redis);
  await until(() => away.size === 0);
  await phase();
  // A busy machine sends less than was asked of it: what nothing flows into is spent to the end.
  const refused = load.refused();
  if (run.limits.refillPerSecond === 0) await until(() => load.refused() > refused);
  const figures = await load.stop();
  await Promise.all(keepers.map((keeper) => keeper.close()));
  return { ...figures, backAfterMs: Math.max(0, Math.round(backMs - endedMs)) };
}

function startLoad(
  keepers: readonly BudgetKeeper[],
  { limits, requestsPerSecond }: OutageRun,
): { refused(): number; stop(): Promise<Omit<OutageFigures, 'backAfterMs'>> } {
  const startedMs = performance.now();
  const waiting = new Set<Promise<void>>();
  let [admitted, refused, failures, slowDecisions, longestMs, sent] = [0, 0, 0, 0, 0, 0];
  const ask = async (keeper: BudgetKeeper): Promise<void> => {
    sent += 1;
    const claim = { account: 'acc', requestId: `r${sent}`, points: 1, limits };
    const askedMs = performance.now();
    try {
      const { short } = await keeper.reserve(claim);
      if (short === undefined) {
        admitted += 1;
        keeper.settle(claim, 1);
      } else refused += 1;
    } catch {
      failures += 1;
    }
    const ms = performance.now() - askedMs;
    longestMs = Math.max(longestMs, ms);
    if (ms >= DECISION_TIMEOUT_MS / 2) slowDecisions += 1;
  };
  const timer = setInterval(() => {
    for (const keeper of keepers) {
      const asked = ask(keeper).finally(() => waiting.delete(asked));
      waiting.add(asked);
    }
  }, 1_000 / requestsPerSecond);
  return {
    refused: () => refused,
    async stop() {
      clearInterval(timer);
      await Promise.all(waiting);
      const seconds = (performance.now() - startedMs) / 1_000;
      return {
        admitted,
        failures,
        slowDecisions,
        longestMs: Math.round(longestMs),
        limit: Math.floor(limits.bucketPoints + seconds * limits.refillPerSecond),
      };
    },
  };
}
