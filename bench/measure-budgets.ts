import { parseArgs } from 'node:util';
import { startRedis, type TestRedis } from '../test/kit/redis.ts';
import { compose } from './measure-workload.ts';
import { type MeasuredProcess, startProcess } from './measured-process.ts';
import type { Usage } from './programs/control.ts';
import type { GatewayStart } from './programs/gateway-start.ts';
import type { LoadOrder, LoadReport } from './programs/load-generator.ts';
import { createWorkload, WORKLOADS } from './workloads/workloads.ts';

/**
 * Measures what budgets cost beside the same requests without them, in CPU time of a gateway process, and what they ask
 * of Redis: `npm run bench:budgets -- [--only portfolio,store] [--rounds N] [--seconds S]`.
 *
 * Four gateways serve in turn (off, off again, memory, Redis, off, …), so that all of them meet the same neighbours; a
 * difference is one between neighbours of one round, and the table has its median and quartiles. What `off again`
 * differs by is noise. Reports and headers that tell callers what they spent are part of the cost. Exit code 1 when it is
 * beyond `MOST_MS`.
 */

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: 'portfolio,store' },
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
  },
});
const MODES = ['off', 'off again', 'memory', 'Redis'] as const;
type ModeName = (typeof MODES)[number];
const MOST_MS = 0.2;
const WARM_ROUNDS = 4;
const PLENTY = 1_000_000;
/** Nobody is refused: what is measured is reckoning, not waiting. */
const TIER = {
  operationPoints: 2_147_483_647,
  bucketPoints: 2_147_483_647,
  refillPerSecond: PLENTY,
  depth: PLENTY,
  aliases: PLENTY,
  rootFields: PLENTY,
  documentBytes: PLENTY,
};
/** Whole operations are shared by nobody, so that each request reserves, runs and settles. */
const SHARING = { entities: true, requests: true, coalesce: true, operations: false };

interface Contestant {
  readonly process: MeasuredProcess;
  readonly port: number;
  readonly cpuMs: number[];
  readonly latencyMs: number[];
  from: number;
}

async function measure(name: string, redis: TestRedis, rounds: number, roundMs: number): Promise<string> {
  const workload = createWorkload(name);
  await using processes = new AsyncDisposableStack();
  const start = (program: string): MeasuredProcess => {
    const started = startProcess(program);
    processes.defer(() => started.stop());
    return started;
  };
  const subgraphs = start('canned-subgraphs');
  const generator = start('load-generator');
  const { port: subgraphPort } = await subgraphs.ask<{ port: number }>('start', name);
  await generator.ask('start', name);
  const subgraphOrigin = `http://127.0.0.1:${subgraphPort}`;
  const supergraphSdl = compose(workload, subgraphOrigin);
  const contestants = new Map<ModeName, Contestant>();
  for (const mode of MODES) {
    const process = start('tributary-gateway');
    const { port } = await process.ask<{ port: number }>('start', {
      workload: name,
      supergraphSdl,
      subgraphOrigin,
      isOpen: false,
      ...(mode === 'Redis' ? { redisUrl: redis.url } : {}),
      setup: {
        settings: {
          sharing: SHARING,
          tiers: { ANONYMOUS: TIER },
          budgets: { mode: mode.startsWith('off') ? 'off' : 'enforce', decisionTimeoutMs: 10_000 },
        },
      },
    } satisfies GatewayStart);
    contestants.set(mode, { process, port, cpuMs: [], latencyMs: [], from: 0 });
  }

  const run = async (mode: ModeName, order: Pick<LoadOrder, 'maxRequests' | 'maxMs' | 'check'>) => {
    const contestant = contestants.get(mode) as Contestant;
    const { process, port, from } = contestant;
    const before = await process.ask<Usage>('usage');
    const load: LoadOrder = { ...order, port, from, answersEach: true };
    const { requests, latencyMs, faults } = await generator.ask<LoadReport>('run', load);
    const after = await process.ask<Usage>('usage');
    if (faults.length > 0) throw new Error(`${name}, ${mode} answers wrongly\n${faults.join('\n')}`);
    contestant.from += requests;
    return { contestant, requests, cpuMs: (after.cpuMs - before.cpuMs) / requests, p50: latencyMs.p50 };
  };
  for (const mode of MODES) await run(mode, { maxRequests: 100, maxMs: 30_000, check: 'whole' });
  let [redisRequests, scripts] = [0, 0];
  for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
    for (const mode of MODES) {
      const scriptsBefore = await scriptCalls(redis);
      const { contestant, requests, cpuMs, p50 } = await run(mode, {
        maxRequests: Number.MAX_SAFE_INTEGER,
        maxMs: roundMs,
        check: 'status',
      });
      if (round < 0) continue;
      contestant.cpuMs.push(cpuMs);
      contestant.latencyMs.push(p50);
      if (mode === 'Redis') {
        redisRequests += requests;
        scripts += (await scriptCalls(redis)) - scriptsBefore;
      }
    }
  }
  return report(name, contestants, scripts / redisRequests);
}

/** How many scripts Redis has run. */
async function scriptCalls(redis: TestRedis): Promise<number> {
  const stats = String(await redis.command('INFO', 'commandstats'));
  return Number(/cmdstat_evalsha:calls=(\d+)/.exec(stats)?.[1] ?? 0);
}

function report(name: string, contestants: ReadonlyMap<ModeName, Contestant>, scripts: number): string {
  const off = contestants.get('off') as Contestant;
  const rows = [...contestants].map(([mode, { cpuMs, latencyMs }]) => {
    const more = cpuMs.map((ms, round) => ms - (off.cpuMs[round] ?? Number.NaN));
    const added = mode === 'off' ? '' : quantiles(more);
    if (mode === 'Redis' && quantile(more, 0.5) > MOST_MS) process.exitCode = 1;
    return `| ${mode} | ${quantile(cpuMs, 0.5).toFixed(3)} | ${added} | ${quantile(latencyMs, 0.5).toFixed(2)} |`;
  });
  return [
    `### ${name}`,
    '',
    `${scripts.toFixed(2)} scripts of Redis a request: one on the way in, one to settle, which nobody waits for`,
    '',
    '| budgets | CPU ms/request, median | more than off, same round: median (quartiles) | p50 ms |',
    '|---|---:|---:|---:|',
    ...rows,
    '',
  ].join('\n');
}

function quantiles(numbers: readonly number[]): string {
  const [low, middle, high] = [0.25, 0.5, 0.75].map((share) => quantile(numbers, share).toFixed(3));
  return `${middle} (${low} to ${high})`;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const names = values.only.split(',').filter(Boolean);
const unknown = names.find((name) => !(name in WORKLOADS));
if (unknown !== undefined)
  throw new Error(`--only: "${unknown}" is none of ${Object.keys(WORKLOADS).join(', ')}`);
await using redis = await startRedis();
for (const name of names) {
  console.log(await measure(name, redis, Number(values.rounds), Number(values.seconds) * 1000));
}
