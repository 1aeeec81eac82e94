import { availableParallelism, cpus, totalmem } from 'node:os';
import type { ModeMeasurement, Round, WorkloadMeasurement } from './measure-workload.ts';
import { BASELINE } from './modes.ts';

/** A whole run, as it is written to the JSON file. */
export interface BenchmarkReport {
  /** ISO 8601, UTC. */
  readonly date: string;
  readonly machine: {
    readonly cpu: string;
    readonly cores: number;
    readonly memoryBytes: number;
    readonly platform: string;
    readonly node: string;
  };
  readonly seconds: number;
  readonly workloads: readonly WorkloadMeasurement[];
}

export function createReport(
  workloads: readonly WorkloadMeasurement[],
  startedAt: Date,
  endedAt: Date,
): BenchmarkReport {
  return {
    date: startedAt.toISOString(),
    machine: {
      cpu: cpus()[0]?.model.trim() ?? 'unknown',
      cores: availableParallelism(),
      memoryBytes: totalmem(),
      platform: `${process.platform} ${process.arch}`,
      node: process.version,
    },
    seconds: Math.round((endedAt.getTime() - startedAt.getTime()) / 1000),
    workloads,
  };
}

const COLUMNS = [
  'mode',
  'CPU ms/request (min..max)',
  `× ${BASELINE}`,
  '÷ proxy',
  '÷ static',
  'requests/s',
  'p50 ms',
  'p95 ms',
  'p99 ms',
  'RSS MiB',
  'calls/request',
];

/** Says where and how long a run was. */
export function formatMachine({ machine, seconds }: BenchmarkReport): string {
  const { cpu, cores, node } = machine;
  return `${cpu}, ${cores} cores, Node ${node}; ${seconds} s in all. Medians over rounds.`;
}

/** Writes the table of a workload as Markdown that also reads well in a terminal. */
export function formatWorkload(measurement: WorkloadMeasurement): string {
  const { workload, description, answerBytes, connections, modes } = measurement;
  const rows = [COLUMNS, ...modes.map((mode) => formatMode(mode, modes))];
  const widths = COLUMNS.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  const line = (row: readonly string[]) =>
    `| ${row.map((cell, column) => (column === 0 ? cell.padEnd(widths[column] ?? 0) : cell.padStart(widths[column] ?? 0))).join(' | ')} |`;
  const [header = [], ...body] = rows;
  const rule = widths.map((width, column) =>
    column === 0 ? '-'.repeat(width) : `${'-'.repeat(width - 1)}:`,
  );
  return [
    `### ${workload}`,
    '',
    `${description}; ${answerBytes} bytes, ${connections} connections`,
    '',
    line(header),
    line(rule),
    ...body.map(line),
    '',
  ].join('\n');
}

function formatMode(mode: ModeMeasurement, all: readonly ModeMeasurement[]): string[] {
  const { rounds, rssBytes } = mode;
  const cpuMs = medianOf(rounds, (round) => round.cpuMs);
  const cpuOf = (name: string): number | undefined => {
    const other = all.find((candidate) => candidate.mode === name);
    return other === undefined ? undefined : medianOf(other.rounds, (round) => round.cpuMs);
  };
  const times = (share: number) => (Number.isFinite(share) ? share.toFixed(share < 10 ? 2 : 1) : '');
  const values = rounds.map((round) => round.cpuMs);
  return [
    mode.mode,
    `${formatMs(cpuMs)} (${formatMs(Math.min(...values))}..${formatMs(Math.max(...values))})`,
    times((cpuOf(BASELINE) ?? Number.NaN) / cpuMs),
    times(cpuMs / (cpuOf('proxy') ?? Number.NaN)),
    times(cpuMs / (cpuOf('static') ?? Number.NaN)),
    medianOf(rounds, (round) => round.requestsPerSecond).toFixed(0),
    ...(['p50', 'p95', 'p99'] as const).map((key) =>
      formatMs(medianOf(rounds, (round) => round.latencyMs[key])),
    ),
    (rssBytes / 1_048_576).toFixed(0),
    medianOf(rounds, (round) => round.subgraphCalls).toFixed(2),
  ];
}

function medianOf(rounds: readonly Round[], value: (round: Round) => number): number {
  const sorted = rounds.map(value).sort((left, right) => left - right);
  const middle = sorted.length >> 1;
  return sorted.length % 2 === 1
    ? (sorted[middle] ?? Number.NaN)
    : ((sorted[middle - 1] ?? Number.NaN) + (sorted[middle] ?? Number.NaN)) / 2;
}

function formatMs(ms: number): string {
  return ms < 1 ? ms.toFixed(3) : ms < 100 ? ms.toFixed(2) : ms.toFixed(0);
}
