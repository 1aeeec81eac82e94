import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { createApiKey } from '../src/auth/api-key.ts';
import { makeVerifier } from '../src/auth/key-verifier.ts';
import type { KeyRecord } from '../src/snapshot.ts';
import { compose } from './measure-workload.ts';
import { type MeasuredProcess, startProcess } from './measured-process.ts';
import type { Usage } from './programs/control.ts';
import { BENCH_GUARDS, type GatewayStart } from './programs/gateway-start.ts';
import type { LoadOrder, LoadReport } from './programs/load-generator.ts';
import { createWorkload } from './workloads/workloads.ts';

/**
 * Measures what rules by field cost the platform's Dashboard, in CPU time of a gateway process:
 * `npm run bench:rules -- [--rounds N] [--seconds S]`.
 *
 * Three gateways serve in turn, in another order each round: rules off (`--open`), off again, and on: `schema/rules.ts` and the
 * directives, for a caller with a key who may see all of the Dashboard. Checking the key is part of what is measured. A
 * round gives the share that each takes beside `off`; what `off again` differs by is noise. Exit code 1 when rules take
 * more than `MOST_SHARE`, and more than `off again` ever did.
 */

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '15' },
    seconds: { type: 'string', default: '1' },
  },
});
const MODES = ['off', 'off again', 'on'] as const;
type ModeName = (typeof MODES)[number];
const WORKLOAD = 'dashboard';
const MOST_SHARE = 0.05;
/** Fewer say nothing. */
const LEAST_ROUNDS = 9;
const WARM_ROUNDS = 6;
const RULES = new URL('../schema/rules.ts', import.meta.url);
/** The rules name its fields, too. */
const GATEWAY_SDL = new URL('../schema/gateway.graphql', import.meta.url);

interface Contestant {
  readonly process: MeasuredProcess;
  readonly port: number;
  readonly cpuMs: number[];
  from: number;
}

const { id, secret, text } = createApiKey();
const key: KeyRecord = {
  id,
  kind: 'live',
  secrets: [{ verifier: makeVerifier({ kind: 'live', id, secret }, BENCH_GUARDS).verifier }],
  tier: 'PRO',
  scopes: ['portfolio:read', 'watchlist:read', 'profile:read', 'analytics:pro'],
  accountId: 'acc_bench',
  userId: 'usr_bench',
  allowedRanges: [],
};

async function measure(rounds: number, roundMs: number): Promise<ReadonlyMap<ModeName, Contestant>> {
  const workload = createWorkload(WORKLOAD);
  await using processes = new AsyncDisposableStack();
  const start = (program: string): MeasuredProcess => {
    const started = startProcess(program);
    processes.defer(() => started.stop());
    return started;
  };
  const subgraphs = start('canned-subgraphs');
  const generator = start('load-generator');
  const { port: subgraphPort } = await subgraphs.ask<{ port: number }>('start', WORKLOAD);
  await generator.ask('start', WORKLOAD);
  const subgraphOrigin = `http://127.0.0.1:${subgraphPort}`;
  const supergraphSdl = compose(workload, subgraphOrigin, readFileSync(GATEWAY_SDL, 'utf8'));
  const contestants = new Map<ModeName, Contestant>();
  for (const mode of MODES) {
    const process = start('tributary-gateway');
    const isOpen = mode !== 'on';
    const { port } = await process.ask<{ port: number }>('start', {
      workload: WORKLOAD,
      supergraphSdl,
      subgraphOrigin,
      isOpen,
      keys: [key],
      setup: {
        settings: {
          budgets: { mode: 'off' },
          rules: { file: isOpen ? null : RULES.pathname },
        },
      },
    } satisfies GatewayStart);
    contestants.set(mode, { process, port, cpuMs: [], from: 0 });
  }

  const run = async (mode: ModeName, order: Pick<LoadOrder, 'maxRequests' | 'maxMs' | 'check'>) => {
    const contestant = contestants.get(mode) as Contestant;
    const { process, port, from } = contestant;
    const before = await process.ask<Usage>('usage');
    const load: LoadOrder = { ...order, port, from, answersEach: true, headers: { 'x-api-key': text } };
    const { requests, faults } = await generator.ask<LoadReport>('run', load);
    const after = await process.ask<Usage>('usage');
    if (faults.length > 0) throw new Error(`rules ${mode}: wrong answers\n${faults.join('\n')}`);
    contestant.from += requests;
    return { contestant, cpuMs: (after.cpuMs - before.cpuMs) / requests };
  };
  for (const mode of MODES) await run(mode, { maxRequests: 100, maxMs: 30_000, check: 'whole' });
  for (let round = -WARM_ROUNDS; round < rounds; round += 1) {
    const first = (round + WARM_ROUNDS) % MODES.length;
    for (const mode of [...MODES.slice(first), ...MODES.slice(0, first)]) {
      const { contestant, cpuMs } = await run(mode, {
        maxRequests: Number.MAX_SAFE_INTEGER,
        maxMs: roundMs,
        check: 'length',
      });
      if (round >= 0) contestant.cpuMs.push(cpuMs);
    }
  }
  return contestants;
}

function report(contestants: ReadonlyMap<ModeName, Contestant>): string {
  const off = contestants.get('off')?.cpuMs ?? [];
  const shareOf = (mode: ModeName): readonly number[] =>
    (contestants.get(mode)?.cpuMs ?? []).map((ms, round) => ms / (off[round] ?? Number.NaN) - 1);
  const rows = MODES.map((mode) => {
    const cpuMs = quantile(contestants.get(mode)?.cpuMs ?? [], 0.5).toFixed(3);
    return `| ${mode} | ${cpuMs} | ${mode === 'off' ? '' : spread(shareOf(mode))} |`;
  });
  const more = quantile(shareOf('on'), 0.5);
  const noise = Math.max(...shareOf('off again'));
  const holds = more <= MOST_SHARE || more <= noise;
  if (!holds) process.exitCode = 1;
  return [
    '| rules | CPU ms/request, median | beside off, same round: median (least to most) |',
    '|---|---:|---:|',
    ...rows,
    '',
    `rules take ${percent(more)} of CPU time, over ${off.length} rounds: ${
      more <= MOST_SHARE
        ? `at most ${percent(MOST_SHARE)}`
        : holds
          ? 'inside the spread of off against off'
          : 'TOO MUCH'
    }`,
  ].join('\n');
}

function spread(shares: readonly number[]): string {
  return `${percent(quantile(shares, 0.5))} (${percent(Math.min(...shares))} to ${percent(Math.max(...shares))})`;
}

function percent(share: number): string {
  return `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`;
}

function quantile(numbers: readonly number[], share: number): number {
  const sorted = numbers.toSorted((left, right) => left - right);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * share))] ?? Number.NaN;
}

const rounds = Number(values.rounds);
if (!(rounds >= LEAST_ROUNDS)) throw new Error(`--rounds: at least ${LEAST_ROUNDS}`);
console.log(report(await measure(rounds, Number(values.seconds) * 1000)));
