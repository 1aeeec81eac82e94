import { mkdirSync, writeFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { measureWorkload, type WorkloadMeasurement } from './measure-workload.ts';
import { MODES } from './modes.ts';
import { createReport, formatMachine, formatWorkload } from './report.ts';
import { DEFAULT_WORKLOADS, WORKLOADS } from './workloads/workloads.ts';

const HELP = `Measures Tributary against the stock gateway, a proxy without GraphQL, and a static server.

  node bench/main.ts [--only store,portfolio] [--modes stock,tributary] [--rounds N] [--seconds S] [--json FILE]

  --only     workloads: ${Object.keys(WORKLOADS).join(', ')}
  --modes    modes: ${MODES.map(({ name }) => name).join(', ')}
  --rounds   rounds of each mode, interleaved (default 5)
  --seconds  seconds of one round (default 0.8)
  --against  root of another checkout: its modes are measured beside these
  --json     writes every round there
  --profile  writes profiles of each mode into this folder: time and allocations
`;

const WARM_UP_MS = 6_000;

interface Options {
  readonly workloads: readonly string[];
  readonly modes: readonly string[] | undefined;
  readonly rounds: number;
  readonly seconds: number;
  readonly jsonFile: string | undefined;
  readonly profileFolder: string | undefined;
  readonly against: string | undefined;
}

/** @throws Error that says which argument is wrong */
function readOptions(): Options | 'help' {
  const { values } = parseArgs({
    options: {
      only: { type: 'string' },
      modes: { type: 'string' },
      rounds: { type: 'string', default: '5' },
      seconds: { type: 'string', default: '0.8' },
      json: { type: 'string' },
      profile: { type: 'string' },
      against: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const names = MODES.map(({ name }) => name);
  return {
    workloads: readNames('--only', values.only, Object.keys(WORKLOADS)) ?? DEFAULT_WORKLOADS,
    modes: readNames('--modes', values.modes, names),
    rounds: readNumber('--rounds', values.rounds, 1),
    seconds: readNumber('--seconds', values.seconds, 0.1),
    jsonFile: values.json,
    profileFolder: values.profile,
    against: values.against,
  };
}

function readNames(
  option: string,
  text: string | undefined,
  known: readonly string[],
): readonly string[] | undefined {
  const names = text?.split(',').filter(Boolean);
  const unknown = names?.find((name) => !known.includes(name));
  if (unknown !== undefined) throw new Error(`${option}: "${unknown}" is none of ${known.join(', ')}`);
  return names;
}

function readNumber(option: string, text: string, least: number): number {
  const value = Number(text);
  if (!(value >= least))
    throw new Error(`${option}: a number of at least ${least} was expected, found "${text}"`);
  return value;
}

async function run(options: Options): Promise<void> {
  const { workloads, modes, rounds, seconds, jsonFile, profileFolder, against } = options;
  if (profileFolder !== undefined) mkdirSync(profileFolder, { recursive: true });
  const startedAt = new Date();
  const progress = (line: string): void => {
    const elapsed = ((Date.now() - startedAt.getTime()) / 1000).toFixed(0).padStart(4);
    process.stderr.write(`${elapsed} s  ${line}\n`);
  };
  const effort = { rounds, roundMs: seconds * 1000, warmUpMs: WARM_UP_MS, modes, profileFolder, against };
  const measurements: WorkloadMeasurement[] = [];
  for (const workload of workloads) {
    const measurement = await measureWorkload(workload, effort, progress);
    measurements.push(measurement);
    process.stdout.write(`${formatWorkload(measurement)}\n`);
  }
  const report = createReport(measurements, startedAt, new Date());
  if (jsonFile !== undefined) writeFileSync(jsonFile, `${JSON.stringify(report, undefined, 2)}\n`);
  process.stdout.write(`${formatMachine(report)}\n`);
}

try {
  const options = readOptions();
  if (options === 'help') process.stdout.write(HELP);
  else await run(options);
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
}
