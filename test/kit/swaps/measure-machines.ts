import { setTimeout as pause } from 'node:timers/promises';
import { startPostgres } from '../postgres.ts';
import { startRedis } from '../redis.ts';
import { type LoadedRequest, ReleaseLoad } from './release-load.ts';
import {
  type CannedReleases,
  createReleaseKey,
  type ReleasePlatform,
  startReleasePlatform,
} from './release-platform.ts';

/** How soon one machine serves what is published on the first. */
export interface MachineReport {
  readonly name: string;
  readonly requests: readonly LoadedRequest[];
  /** Of each version: from its making to the last request that was still answered by the one before, in milliseconds. */
  readonly servedAfterMs: readonly number[];
}

export interface MachinesEffort {
  readonly publishes: number;
  readonly everyMs: number;
  /** To each machine. */
  readonly requestsPerSecond: number;
}

const SECRETS = {
  TRIBUTARY_ADMIN_TOKEN: Buffer.alloc(32, 'a').toString('base64url'),
  TRIBUTARY_KEY_PEPPER: Buffer.alloc(32, 'p').toString('base64url'),
  TRIBUTARY_SEALING_KEY: Buffer.alloc(32, 's').toString('base64url'),
};
/** Requests go on for so long after the last publish: the poll of a machine that heard nothing, twice. */
const AFTER_MS = 1_500;

/**
 * Publishes on one of three machines on one PostgreSQL: two hear of it by Redis, the third has to ask the tables. Each is a
 * `tributary serve` with a state directory of its own.
 */
export async function measureMachines(
  canned: CannedReleases,
  { publishes, everyMs, requestsPerSecond }: MachinesEffort,
): Promise<readonly MachineReport[]> {
  await using stack = new AsyncDisposableStack();
  const [postgres, redis] = await Promise.all([startPostgres(), startRedis()]);
  stack.use(postgres);
  stack.use(redis);
  const env = { ...SECRETS, DATABASE_URL: await postgres.createDatabase() };
  const start = async (more: Readonly<Record<string, string>>): Promise<ReleasePlatform> =>
    stack.use(await startReleasePlatform({ canned, workers: 1, env: { ...env, ...more } }));
  const noticed = { REDIS_URL: redis.url };
  // The first makes the tables and the first version.
  const here = await start(noticed);
  const [there, deaf] = await Promise.all([start(noticed), start({})]);
  const key = await createReleaseKey(here);
  const machines = [
    { name: 'the machine of the publish', platform: here },
    { name: 'another, told by Redis', platform: there },
    { name: 'another, told by nobody', platform: deaf },
  ];
  const loads = machines.map(({ platform }) => stack.use(new ReleaseLoad(platform.url, key)));
  for (const load of loads) await untilGood(load);

  const running = loads.map((load) => load.start(requestsPerSecond));
  const madeAtMs: number[] = [];
  for (let count = 0; count < publishes; count += 1) {
    await here.publish(count + 2);
    madeAtMs.push((await here.headMadeAtMs()) - performance.timeOrigin);
    await pause(everyMs);
  }
  await pause(AFTER_MS);
  const requests = await Promise.all(running.map((load) => load.stop()));
  return machines.map(({ name }, index) => {
    const sent = requests[index] ?? [];
    return { name, requests: sent, servedAfterMs: madeAtMs.map((at, count) => lag(sent, count + 2, at)) };
  });
}

/** A key takes a moment to be known everywhere. */
async function untilGood(load: ReleaseLoad): Promise<void> {
  for (let tries = 0; ; tries += 1) {
    const { fault } = await load.send();
    if (fault === undefined) return;
    if (tries === 100) throw new Error(fault);
    await pause(50);
  }
}

/** From the making of a release to the last request that was still answered by an older one. */
export function lag(requests: readonly LoadedRequest[], release: number, madeAtMs: number): number {
  const old = requests.filter(({ release: answered }) => answered !== undefined && answered < release);
  return Math.max(0, Math.max(...old.map(({ sentAtMs }) => sentAtMs)) - madeAtMs);
}
