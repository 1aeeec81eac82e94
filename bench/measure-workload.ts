import { join } from 'node:path';
import { composeServices } from '@apollo/composition';
import { parse } from 'graphql';
import { GATEWAY_SUBGRAPH_URL } from '../src/lib/internal-url.ts';
import { type CallCounters, subgraphSdl } from './canned/canned-subgraph.ts';
import { type MeasuredProcess, startProcess } from './measured-process.ts';
import { MODES, type Mode } from './modes.ts';
import type { Usage } from './programs/control.ts';
import type { GatewayStart } from './programs/gateway-start.ts';
import type { LoadOrder, LoadReport } from './programs/load-generator.ts';
import type { Workload } from './workloads/workload.ts';
import { createWorkload } from './workloads/workloads.ts';

/** How much is measured. */
export interface Effort {
  readonly rounds: number;
  readonly roundMs: number;
  /** The longest that a mode is warmed up. */
  readonly warmUpMs: number;
  /** Names of the modes to measure; absent means all. */
  readonly modes?: readonly string[] | undefined;
  /** The root of another checkout, whose modes are measured beside ours. */
  readonly against?: string | undefined;
  /** A folder for a CPU profile of each mode, taken in a round of its own. */
  readonly profileFolder?: string | undefined;
}

/** One round of one mode. */
export interface Round {
  readonly requests: number;
  /** CPU time of the measured process by requests, in milliseconds. */
  readonly cpuMs: number;
  readonly requestsPerSecond: number;
  readonly latencyMs: LoadReport['latencyMs'];
  readonly subgraphCalls: number;
  readonly representations: number;
}

/** All rounds of one mode. */
export interface ModeMeasurement {
  readonly mode: string;
  readonly rounds: readonly Round[];
  /** Resident memory of the measured process after its last round, in bytes. */
  readonly rssBytes: number;
}

export interface WorkloadMeasurement {
  readonly workload: string;
  readonly description: string;
  readonly answerBytes: number;
  readonly connections: number;
  readonly modes: readonly ModeMeasurement[];
}

/** A mode with its process, and what is known so far. */
interface Contestant {
  readonly mode: Mode;
  readonly process: MeasuredProcess;
  readonly port: number;
  readonly rounds: Round[];
  /** The number of the next request: no mode gets a request twice before all were sent once. */
  next: number;
}

const CHECKED_REQUESTS = 100;
const PROFILED_ROUNDS = 3;
/** What is recorded, and the ending by which DevTools know it. */
const PROFILES = { time: 'cpuprofile', allocations: 'heapprofile' };
const BURST_MS = 700;
/** A mode is warm when so many bursts in a row were not cheaper than this share of the cheapest before them. */
const STEADY_BURSTS = 3;
const STEADY_SHARE = 0.95;

/**
 * Measures all modes of one workload: every process is started, checked and warmed up, then the rounds go round
 * (A B C A B C …), so that a noisy neighbour disturbs all of them alike.
 *
 * @throws Error when an answer is wrong or a promised number of subgraph calls is not met
 */
export async function measureWorkload(
  name: string,
  effort: Effort,
  onProgress: (line: string) => void,
): Promise<WorkloadMeasurement> {
  const workload = createWorkload(name);
  await using processes = new AsyncDisposableStack();
  const start = (program: string, checkout?: string): MeasuredProcess => {
    const started = startProcess(program, checkout);
    processes.defer(() => started.stop());
    return started;
  };
  const subgraphs = start('canned-subgraphs');
  const generator = start('load-generator');
  const { port } = await subgraphs.ask<{ port: number }>('start', name);
  const { answerBytes } = await generator.ask<{ answerBytes: number }>('start', name);
  const subgraphOrigin = `http://127.0.0.1:${port}`;
  const supergraphSdl = compose(workload, subgraphOrigin);

  const contestants: Contestant[] = [];
  for (const mode of selectModes(workload, effort)) {
    onProgress(`${name}: ${mode.name} starts, is checked and warmed up`);
    const measured = start(mode.program, mode.checkout);
    const order: GatewayStart = { workload: name, supergraphSdl, subgraphOrigin, setup: mode.setup ?? {} };
    const { port: modePort } = await measured.ask<{ port: number }>('start', order);
    const contestant: Contestant = { mode, process: measured, port: modePort, rounds: [], next: 0 };
    await prepare(contestant, workload, generator, effort);
    contestants.push(contestant);
  }
  const rounds = Math.max(effort.rounds, workload.leastRounds ?? 1);
  for (let round = 1; round <= rounds; round += 1) {
    onProgress(`${name}: round ${round} of ${rounds}`);
    for (const contestant of contestants) {
      contestant.rounds.push(await runRound(contestant, workload, subgraphs, generator, effort));
    }
  }
  for (const contestant of contestants) await profile(contestant, name, generator, effort);
  const modes: ModeMeasurement[] = [];
  for (const { mode, process, rounds: measured } of contestants) {
    const { rssBytes } = await process.ask<Usage>('usage');
    modes.push({ mode: mode.name, rounds: measured, rssBytes });
  }
  const { description, connections } = workload;
  return { workload: name, description, answerBytes, connections, modes };
}

/**
 * The supergraph over canned subgraphs at an origin.
 *
 * @param gatewaySdl - what the gateway answers itself
 */
export function compose(workload: Workload, origin: string, gatewaySdl?: string): string {
  const canned = workload.subgraphs.map((subgraph) => ({
    name: subgraph.name,
    url: `${origin}/${subgraph.name}`,
    typeDefs: parse(subgraphSdl(subgraph)),
  }));
  const own =
    gatewaySdl === undefined
      ? []
      : [{ name: 'gateway', url: GATEWAY_SUBGRAPH_URL, typeDefs: parse(gatewaySdl) }];
  const { supergraphSdl, errors } = composeServices([...canned, ...own]);
  if (supergraphSdl === undefined) throw new Error(errors?.map(({ message }) => message).join('\n'));
  return supergraphSdl;
}

/** The modes to measure; with another checkout each of ours is followed by the same one of that checkout. */
function selectModes(
  { name, modes: ofWorkload }: Workload,
  { modes: asked, against }: Effort,
): readonly Mode[] {
  return MODES.filter(
    (mode) =>
      (mode.workloads?.includes(name) ?? true) &&
      (ofWorkload?.includes(mode.name) ?? true) &&
      (asked?.includes(mode.name) ?? true),
  ).flatMap((mode) =>
    against === undefined || mode.program !== 'tributary-gateway'
      ? [mode]
      : [mode, { ...mode, name: `${mode.name} (other)`, checkout: against }],
  );
}

/**
 * Compares whole answers first, then warms up until the CPU time of a request falls no more: what is compiled while it
 * is measured makes a gateway look slower than it is, and one that serves few requests a second longest.
 */
async function prepare(
  contestant: Contestant,
  workload: Workload,
  generator: MeasuredProcess,
  { warmUpMs }: Effort,
): Promise<void> {
  const checked = Math.min(CHECKED_REQUESTS, workload.warmUpRequests ?? CHECKED_REQUESTS);
  await load(contestant, generator, { maxRequests: checked, maxMs: 60_000, check: 'whole' });
  const burst = async (maxMs: number): Promise<number> => {
    const before = await contestant.process.ask<Usage>('usage');
    const { requests } = await load(contestant, generator, {
      maxRequests: workload.warmUpRequests ?? Number.MAX_SAFE_INTEGER,
      maxMs,
      check: 'length',
    });
    const after = await contestant.process.ask<Usage>('usage');
    return (after.cpuMs - before.cpuMs) / requests;
  };
  if (workload.warmUpRequests !== undefined) {
    await burst(warmUpMs);
    return;
  }
  const endsAt = performance.now() + warmUpMs;
  let least = Number.POSITIVE_INFINITY;
  for (let steady = 0; steady < STEADY_BURSTS && performance.now() < endsAt; ) {
    const cpuMs = await burst(BURST_MS);
    steady = cpuMs > STEADY_SHARE * least ? steady + 1 : 0;
    least = Math.min(least, cpuMs);
  }
}

async function load(
  contestant: Contestant,
  generator: MeasuredProcess,
  order: Pick<LoadOrder, 'maxRequests' | 'maxMs' | 'check'>,
): Promise<LoadReport> {
  const { mode, port, next } = contestant;
  const report = await generator.ask<LoadReport>('run', {
    ...order,
    port,
    from: next,
    answersEach: mode.answersEach,
  } satisfies LoadOrder);
  contestant.next += report.requests;
  if (report.faults.length > 0) throw new Error(`${mode.name} answers wrongly\n${report.faults.join('\n')}`);
  return report;
}

async function runRound(
  contestant: Contestant,
  workload: Workload,
  subgraphs: MeasuredProcess,
  generator: MeasuredProcess,
  { roundMs }: Effort,
): Promise<Round> {
  const { process, mode } = contestant;
  await subgraphs.ask('takeCounters');
  const before = await process.ask<Usage>('usage');
  const { requests, seconds, latencyMs } = await load(contestant, generator, {
    maxRequests: workload.roundRequests ?? Number.MAX_SAFE_INTEGER,
    maxMs: roundMs,
    check: 'length',
  });
  const after = await process.ask<Usage>('usage');
  const counters = await subgraphs.ask<CallCounters>('takeCounters');
  const round: Round = {
    requests,
    cpuMs: (after.cpuMs - before.cpuMs) / requests,
    requestsPerSecond: requests / seconds,
    latencyMs,
    subgraphCalls: counters.calls / requests,
    representations: counters.representations / requests,
  };
  assertCalls(round, mode, workload);
  return round;
}

/** Takes the profile after everything was measured: profiling costs time itself. */
async function profile(
  contestant: Contestant,
  workload: string,
  generator: MeasuredProcess,
  { profileFolder, roundMs }: Effort,
): Promise<void> {
  if (profileFolder === undefined) return;
  const { process, mode } = contestant;
  for (const [kind, ending] of Object.entries(PROFILES)) {
    await process.ask('startProfile', kind);
    await load(contestant, generator, {
      maxRequests: Number.MAX_SAFE_INTEGER,
      maxMs: PROFILED_ROUNDS * roundMs,
      check: 'length',
    });
    await process.ask('writeProfile', {
      kind,
      file: join(profileFolder, `${workload} ${mode.name}.${ending}`),
    });
  }
}

/** Holds a round to the number of subgraph calls that its mode promises. */
function assertCalls({ subgraphCalls, representations }: Round, mode: Mode, workload: Workload): void {
  const { planned, name } = workload;
  const fail = (found: number, what: string, promised: string): never => {
    throw new Error(`${mode.name} on ${name}: ${found} ${what} a request, promised ${promised}`);
  };
  if (mode.callsAsPlanned && planned !== undefined && subgraphCalls !== planned.calls) {
    fail(subgraphCalls, 'subgraph calls', String(planned.calls));
  }
  if (
    mode.program === 'stock-gateway' &&
    planned !== undefined &&
    representations !== planned.representations
  ) {
    fail(representations, 'representations', String(planned.representations));
  }
  const limit = mode.callLimits?.[name];
  if (limit !== undefined && subgraphCalls > limit) fail(subgraphCalls, 'subgraph calls', `at most ${limit}`);
}
