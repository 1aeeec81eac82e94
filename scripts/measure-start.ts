import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { availableParallelism, cpus, tmpdir } from 'node:os';
import { join } from 'node:path';
import { request } from 'undici';

/**
 * Measures what a person meets first: `npm run measure`.
 *
 * Starts the platform as `npm start` does, on ports that are named beforehand, three times on an empty state folder and
 * three times on one that is there; prints the time to `ready`, the CPU time that all processes together have spent by
 * then, the time of the first joined answer (Dashboard) and of later ones, and the memory of every process. Linux only
 * (CPU time and memory are read from /proc).
 */

const ROUNDS = 3;
const LATER_ANSWERS = 50;
/** Ports that one start takes: public, admin, four of subgraphs. */
const PORTS = 6;
/** Linux counts CPU time in hundredths of a second, whatever the kernel's own clock. */
const TICKS_PER_SECOND = 100;
const root = join(import.meta.dirname, '..');
const dashboard = readFileSync(join(root, 'schema/operations/01-dashboard.graphql'), 'utf8');

interface Figures {
  readonly readyMs: number;
  /** User and system time of all processes up to `ready`, those included that have ended by then. */
  readonly readyCpuSeconds: number;
  /** The same by process. */
  readonly cpu: readonly { readonly process: string; readonly seconds: number }[];
  readonly firstAnswerMs: number;
  readonly laterAnswerMs: number;
  readonly memory: readonly { readonly process: string; readonly mib: number }[];
}

async function measure(stateDir: string): Promise<Figures> {
  const firstPort = await findFreePorts(PORTS);
  const options = {
    '--port': firstPort,
    '--admin-port': firstPort + 1,
    '--subgraph-port': firstPort + 2,
    '--state-dir': stateDir,
  };
  const startedAt = performance.now();
  const platform = spawn('npm', ['start', '--silent', '--', ...Object.entries(options).flat().map(String)], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit'],
    detached: true,
  });
  try {
    let output = '';
    platform.stdout.setEncoding('utf8');
    while (!/^ready {2}/m.test(output)) output += (await once(platform.stdout, 'data'))[0] as string;
    platform.stdout.resume();
    const readyMs = performance.now() - startedAt;
    const cpu = processesBelow(platform.pid ?? 0).map(readCpu);
    const readyCpuSeconds = cpu.reduce((sum, { seconds }) => sum + seconds, 0);
    const demo = JSON.parse(readFileSync(join(stateDir, 'demo.json'), 'utf8'));
    const ask = async (): Promise<number> => {
      const askedAt = performance.now();
      const { body } = await request(demo.graphql, {
        method: 'POST',
        headers: { 'content-type': 'application/json', 'x-api-key': demo.keys.business },
        body: JSON.stringify({ query: dashboard, variables: { portfolioId: demo.users[0].portfolioId } }),
      });
      const answer = (await body.json()) as { errors?: unknown };
      if (answer.errors !== undefined) throw new Error(JSON.stringify(answer.errors));
      return performance.now() - askedAt;
    };
    const firstAnswerMs = await ask();
    const later: number[] = [];
    for (let i = 0; i < LATER_ANSWERS; i++) later.push(await ask());
    return {
      readyMs,
      readyCpuSeconds,
      cpu,
      firstAnswerMs,
      laterAnswerMs: median(later),
      memory: processesBelow(platform.pid ?? 0).flatMap(readMemory),
    };
  } finally {
    process.kill(-(platform.pid ?? 0), 'SIGTERM');
    await once(platform, 'exit');
  }
}

/** The first of so many ports in a row that are free now. */
async function findFreePorts(count: number): Promise<number> {
  const probe = async (port: number) => {
    const server = createServer().listen(port, '127.0.0.1');
    await once(server, 'listening');
    return server;
  };
  for (;;) {
    const lowest = await probe(0);
    const held = [lowest];
    const first = (lowest.address() as AddressInfo).port;
    try {
      while (held.length < count) held.push(await probe(first + held.length));
      return first;
    } catch {
      // One of the row is taken: look elsewhere.
    } finally {
      for (const server of held) server.close();
    }
  }
}

/** A process and all that it has started, itself first. */
function processesBelow(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim();
  return [pid, ...children.split(' ').filter(Boolean).map(Number).flatMap(processesBelow)];
}

/** What a process of the platform is called; undefined for npm and its shell. */
function nameOf(pid: number): string | undefined {
  const command = readFileSync(`/proc/${pid}/cmdline`, 'utf8').split('\0').join(' ');
  const name = /subgraphs\/(\w+)\/main/.exec(command)?.[1] ?? /^tributary (worker)/.exec(command)?.[1];
  return name ?? (/tributary\.js dev/.test(command) && !/^npm|^sh/.test(command) ? 'primary' : undefined);
}

/**
 * CPU time of a process and of those of its children that have ended.
 *
 * @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html
 */
function readCpu(pid: number): Figures['cpu'][number] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  // utime, stime, cutime, cstime: fields 14 to 17, counted from the process id; the name in parentheses is the second.
  const ticks = stat
    .slice(stat.lastIndexOf(')') + 2)
    .split(' ')
    .slice(11, 15);
  const seconds = ticks.reduce((sum, field) => sum + Number(field), 0) / TICKS_PER_SECOND;
  return { process: nameOf(pid) ?? 'npm', seconds };
}

/** The resident memory of a process, if it is one of our own. */
function readMemory(pid: number): Figures['memory'][number][] {
  const process = nameOf(pid);
  const kib = Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0);
  return process === undefined ? [] : [{ process, mib: Math.round(kib / 1024) }];
}

function median(values: readonly number[]): number {
  const sorted = values.toSorted((a, b) => a - b);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

function row(label: string, figures: readonly Figures[]): string {
  const cell = (read: (figure: Figures) => number, digits: number) =>
    median(figures.map(read)).toFixed(digits);
  const total = cell(({ memory }) => memory.reduce((sum, { mib }) => sum + mib, 0), 0);
  return `| ${label} | ${cell(({ readyMs }) => readyMs / 1000, 1)} s | ${cell((f) => f.readyCpuSeconds, 1)} s | ${cell((f) => f.firstAnswerMs, 0)} ms | ${cell((f) => f.laterAnswerMs, 0)} ms | ${total} MiB |`;
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
  '| start | until `ready` | CPU time until then | first Dashboard | later ones | memory of all processes |\n|---|---|---|---|---|---|',
);
console.log(row('first', first));
console.log(row('second', again));
const { cpu = [], memory = [] } = again.at(-1) ?? {};
console.log(
  `\nCPU time by process: ${cpu.map(({ process, seconds }) => `${process} ${seconds}`).join(', ')} s`,
);
console.log(`Memory by process: ${memory.map(({ process, mib }) => `${process} ${mib}`).join(', ')} MiB`);
const spread = (figures: readonly Figures[]) =>
  figures.map(({ readyMs }) => (readyMs / 1000).toFixed(1)).join(', ');
console.log(`Until ready, one by one: first ${spread(first)} s; second ${spread(again)} s`);
