import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';

/**
 * Measures what a person meets first: `npm run measure`.
 *
 * Starts the platform as `npm start` does, on free ports, three times on an empty state folder and three times on one
 * that is there; prints the time to `ready`, the time of the first joined answer (Dashboard) and of later ones, and the
 * memory of every process. Linux only (memory is read from /proc).
 */

const ROUNDS = 3;
const LATER_ANSWERS = 50;
const root = join(import.meta.dirname, '..');
const dashboard = readFileSync(join(root, 'schema/operations/01-dashboard.graphql'), 'utf8');

interface Figures {
  readonly readyMs: number;
  readonly firstAnswerMs: number;
  readonly laterAnswerMs: number;
  readonly memory: readonly { readonly process: string; readonly mib: number }[];
}

async function measure(stateDir: string): Promise<Figures> {
  const startedAt = performance.now();
  const platform = spawn(
    'npm',
    [
      'start',
      '--silent',
      '--',
      '--port',
      '0',
      '--admin-port',
      '0',
      '--subgraph-port',
      '0',
      '--state-dir',
      stateDir,
    ],
    { cwd: root, stdio: ['ignore', 'pipe', 'inherit'], detached: true },
  );
  try {
    let output = '';
    platform.stdout.setEncoding('utf8');
    while (!/^ready {2}/m.test(output)) output += (await once(platform.stdout, 'data'))[0] as string;
    platform.stdout.resume();
    const readyMs = performance.now() - startedAt;
    const demo = JSON.parse(readFileSync(join(stateDir, 'demo.json'), 'utf8'));
    const ask = async (): Promise<number> => {
      const askedAt = performance.now();
      const { body } = await request(demo.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': demo.keys.pro },
        body: JSON.stringify({ query: dashboard, variables: { portfolioId: demo.users[0].portfolioId } }),
      });
      const answer = (await body.json()) as { errors?: unknown };
      if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
      return performance.now() - askedAt;
    };
    const firstAnswerMs = await ask();
    const later: number[] = [];
    for (let i = 0; i < LATER_ANSWERS; i++) later.push(await ask());
    return { readyMs, firstAnswerMs, laterAnswerMs: median(later), memory: readMemory(platform.pid ?? 0) };
  } finally {
    process.kill(-(platform.pid ?? 0), 'SIGTERM');
    await once(platform, 'exit');
  }
}

/** The resident memory of our own processes below a process, by what they run. */
function readMemory(rootPid: number): Figures['memory'] {
  const memory: { process: string; mib: number }[] = [];
  const visit = (pid: number): void => {
    const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
    const name = /subgraphs\/(\w+)\/main/.exec(command)?.[1] ?? /^tributary (worker)/.exec(command)?.[1];
    const process =
      name ?? (/tributary\.js dev/.test(command) && !/^npm|^sh/.test(command) ? 'primary' : undefined);
    const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
    if (process !== undefined) memory.push({ process, mib: Math.round(kib / 1024) });
    const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
    for (const child of children === '' ? [] : children.split(' ')) visit(Number(child));
  };
  visit(rootPid);
  return memory;
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(label: string, figures: readonly Figures[]): string {
  const cell = (read: (figure: Figures) => number, digits: number) =>
    median(figures.map(read)).toFixed(digits);
  const total = cell(({ memory }) => memory.reduce((sum, { mib }) => sum + mib, 0), 0);
  return `| ${label} | ${cell(({ readyMs }) => readyMs / 1000, 1)} s | ${cell((f) => f.firstAnswerMs, 0)} ms | ${cell((f) => f.laterAnswerMs, 0)} ms | ${total} MiB |`;
}

const first: Figures[] = [];
const again: Figures[] = [];
for (let round = 0; round < ROUNDS; round++) {
  const stateDir = mkdtempSync(join(tmpdir(), 'tributary-measure-'));
  try {
    first.push(await measure(stateDir));
    again.push(await measure(stateDir));
  } finally {
    rmSync(stateDir, { recursive: true, force: true });
  }
}
console.log(
  `${cpus()[0]?.model}, ${availableParallelism()} cores, Node ${process.versions.node}; median of ${ROUNDS}\n`,
);
console.log(
  '| start | until `ready` | first Dashboard | later ones | memory of all processes |\n|---|---|---|---|---|',
);
console.log(row('first', first));
console.log(row('second', again));
const last = again.at(-1)?.memory ?? [];
console.log(`\nMemory by process: ${last.map(({ process, mib }) => `${process} ${mib}`).join(', ')} MiB`);
