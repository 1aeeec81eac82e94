import { setTimeout as pause } from 'node:timers/promises';
import { lag } from './measure-machines.ts';
import { type LoadedRequest, ReleaseLoad } from './release-load.ts';
import { createReleaseKey, type ReleasePlatform } from './release-platform.ts';

/** How much is measured. */
export interface SwapEffort {
  readonly publishes: number;
  /** From the start of one publish to the start of the next, in milliseconds. */
  readonly everyMs: number;
  readonly warmUpMs: number;
  readonly capacityMs: number;
  readonly baselineMs: number;
  /** Of the capacity that was measured. */
  readonly share: number;
}

/** Milliseconds. */
export interface Latency {
  readonly p50: number;
  readonly p99: number;
  readonly max: number;
}

/** What became of requests while a subgraph was published again and again. */
export interface SwapReport {
  readonly capacity: number;
  readonly requestsPerSecond: number;
  readonly requests: number;
  /** What was wrong, each with how often; empty when nothing failed and nothing was mixed. */
  readonly faults: ReadonlyMap<string, number>;
  readonly baseline: Latency;
  /** Of the requests that were due between the start and the end of a publish. */
  readonly during: Latency;
  /** The longest that a turn of any worker's event loop took, in milliseconds. */
  readonly blockedMs: { readonly baseline: number; readonly during: number };
  /** Of each publish: from its call to its answer. */
  readonly publishMs: readonly number[];
  /** Of each version: from its making to the last request that was still answered by the one before. */
  readonly servedAfterMs: readonly number[];
}

const CONCURRENCY = 32;
const LOOP_LAG = 'tributary_nodejs_eventloop_lag_max_seconds';
/** The metric counts the time between two looks, too. */
const LOOK_MS = 10;

/** Publishes under load, and looks at every answer. */
export async function measureSwaps(
  platform: ReleasePlatform,
  effort: SwapEffort,
  progress: (line: string) => void,
): Promise<SwapReport> {
  await using load = new ReleaseLoad(platform.url, await createReleaseKey(platform));
  await load.measureCapacity(CONCURRENCY, effort.warmUpMs);
  const capacity = await load.measureCapacity(CONCURRENCY, effort.capacityMs);
  const requestsPerSecond = capacity * effort.share;
  progress(`capacity ${capacity.toFixed(0)} requests/s; from now on ${requestsPerSecond.toFixed(0)}`);

  const calm = load.start(requestsPerSecond);
  await pause(effort.baselineMs / 4);
  await longestTurnMs(platform);
  await pause((effort.baselineMs * 3) / 4);
  const calmBlockedMs = await longestTurnMs(platform);
  const baselineRequests = await calm.stop();
  const baseline = latencyOf(baselineRequests);
  progress(`without publishes: p50 ${ms(baseline.p50)}, p99 ${ms(baseline.p99)}`);

  const busy = load.start(requestsPerSecond);
  const publishes = await publishAgainAndAgain(platform, effort, progress);
  const blockedMs = await longestTurnMs(platform);
  const requests = await busy.stop();
  const isDuring = ({ dueAtMs }: LoadedRequest): boolean =>
    publishes.some(({ startMs, endMs }) => dueAtMs >= startMs && dueAtMs <= endMs);
  return {
    capacity,
    requestsPerSecond,
    requests: baselineRequests.length + requests.length,
    faults: countFaults([...baselineRequests, ...requests]),
    baseline,
    during: latencyOf(requests.filter(isDuring)),
    blockedMs: { baseline: calmBlockedMs, during: blockedMs },
    publishMs: publishes.map(({ startMs, endMs }) => endMs - startMs),
    servedAfterMs: publishes.map(({ number, madeAtMs }) => lag(requests, number, madeAtMs)),
  };
}

/** Since the last time that somebody asked, of all workers. */
async function longestTurnMs(platform: ReleasePlatform): Promise<number> {
  return Math.max(0, (await platform.metric(LOOP_LAG)) * 1000 - LOOK_MS);
}

interface PublishTimes {
  readonly number: number;
  readonly startMs: number;
  readonly endMs: number;
  readonly madeAtMs: number;
}

async function publishAgainAndAgain(
  platform: ReleasePlatform,
  { publishes, everyMs }: SwapEffort,
  progress: (line: string) => void,
): Promise<readonly PublishTimes[]> {
  const times: PublishTimes[] = [];
  const beginMs = performance.now();
  for (let count = 0; count < publishes; count += 1) {
    await pause(Math.max(0, beginMs + count * everyMs - performance.now()));
    const number = count + 2;
    const startMs = performance.now();
    await platform.publish(number);
    const endMs = performance.now();
    const madeAtMs = (await platform.headMadeAtMs()) - performance.timeOrigin;
    times.push({ number, startMs, endMs, madeAtMs });
    progress(`release ${number}: checked in ${ms(madeAtMs - startMs)}, swapped in ${ms(endMs - madeAtMs)}`);
  }
  return times;
}

function latencyOf(requests: readonly LoadedRequest[]): Latency {
  const sorted = requests.map(({ latencyMs }) => latencyMs).sort((left, right) => left - right);
  const at = (share: number): number => sorted[Math.ceil(sorted.length * share) - 1] ?? Number.NaN;
  return { p50: at(0.5), p99: at(0.99), max: at(1) };
}

function countFaults(requests: readonly LoadedRequest[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const { fault } of requests) {
    if (fault !== undefined) counts.set(fault, (counts.get(fault) ?? 0) + 1);
  }
  return counts;
}

function ms(value: number): string {
  return `${value < 10 ? value.toFixed(1) : value.toFixed(0)} ms`;
}
