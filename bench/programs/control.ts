import { writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type RequestListener } from 'node:http';
import { Session } from 'node:inspector/promises';
import type { AddressInfo } from 'node:net';

/** What the benchmark asks of a program, and gets an answer to with the same `id`. */
export interface ControlRequest {
  readonly id: number;
  readonly command: string;
  readonly input: unknown;
}

export interface ControlAnswer {
  readonly id: number;
  readonly output?: unknown;
  readonly error?: string;
}

/** What a process has used so far. */
export interface Usage {
  /** User and system time of all threads, in milliseconds. */
  readonly cpuMs: number;
  readonly rssBytes: number;
}

/** The commands of a program by name. */
export type Commands = Readonly<Record<string, (input: never) => unknown>>;

const PROFILE_INTERVAL_MICROSECONDS = 200;
const ALLOCATION_INTERVAL_BYTES = 32_768;
let profiler: Session | undefined;

/** What is recorded of the main thread: where it spends its time, or what it allocates. */
type ProfileKind = 'time' | 'allocations';

/** Starts a profile of the main thread. */
async function startProfile(kind: ProfileKind): Promise<void> {
  profiler = new Session();
  profiler.connect();
  if (kind === 'allocations') {
    await profiler.post('HeapProfiler.startSampling', {
      samplingInterval: ALLOCATION_INTERVAL_BYTES,
      // Garbage is what is looked for.
      includeObjectsCollectedByMajorGC: true,
      includeObjectsCollectedByMinorGC: true,
    });
    return;
  }
  await profiler.post('Profiler.enable');
  await profiler.post('Profiler.setSamplingInterval', { interval: PROFILE_INTERVAL_MICROSECONDS });
  await profiler.post('Profiler.start');
}

/** Ends the profile and writes it, for DevTools, to a file. */
async function writeProfile({ kind, file }: { kind: ProfileKind; file: string }): Promise<void> {
  const stopped = await (kind === 'allocations'
    ? profiler?.post('HeapProfiler.stopSampling')
    : profiler?.post('Profiler.stop'));
  profiler?.disconnect();
  writeFileSync(file, JSON.stringify(stopped?.profile));
}

/**
 * Answers the benchmark's commands over IPC; `usage` and those of the profiler are known to every program. The process
 * ends with its parent.
 */
export function serveCommands(commands: Commands): void {
  const known: Commands = { usage: readUsage, startProfile, writeProfile, ...commands };
  process.on('disconnect', () => process.exit(0));
  process.on('message', async ({ id, command, input }: ControlRequest) => {
    const answer = await Promise.resolve()
      .then(() => known[command]?.(input as never))
      .then(
        (output): ControlAnswer => ({ id, output }),
        (error): ControlAnswer => ({ id, error: String((error as Error).stack ?? error) }),
      );
    process.send?.(answer);
  });
}

function readUsage(): Usage {
  const { user, system } = process.cpuUsage();
  return { cpuMs: (user + system) / 1000, rssBytes: process.memoryUsage.rss() };
}

/** Listens on a free port of the loopback. */
export async function listen(onRequest: RequestListener): Promise<{ port: number }> {
  const server = createServer({ keepAliveTimeout: 120_000 }, onRequest);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { port: (server.address() as AddressInfo).port };
}

/** Reads a request's body and hands it over as text. */
export function readBody(request: IncomingMessage, onBody: (body: string) => void): void {
  const chunks: Buffer[] = [];
  request.on('data', (chunk: Buffer) => chunks.push(chunk));
  request.on('end', () => onBody(Buffer.concat(chunks).toString()));
}
