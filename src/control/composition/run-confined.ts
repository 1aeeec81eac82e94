import { type ChildProcess, fork } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { setPriority } from 'node:os';

/** How much a confined program may take. */
export interface Confinement {
  /** From the start of the process to its answer, in milliseconds. */
  readonly timeoutMs: number;
  /** Of its heap, in megabytes. */
  readonly memoryMb: number;
  /**
   * Leaves the cores to whoever serves requests, where they are short. What counts then is the time that it had a core, up
   * to three times `timeoutMs` in all.
   */
  readonly isBackground?: boolean;
}

/** A program in the background may take so many times its limit while it waits for a core. */
const PATIENCE = 3;
const LOOK_MS = 100;
/** As `nice` counts: a third of the share of a normal thread. Much less would starve it where many want a core. */
const BACKGROUND_PRIORITY = 5;

/** A confined program that gave no answer; the message is a clause about what happened to it. */
export class ConfinedProgramError extends Error {
  override readonly name = 'ConfinedProgramError';
}

/**
 * Runs a program in a process of its own, hands it one message and takes one back. The process is killed when it
 * takes too long or too much memory: whatever somebody publishes, the one who asked lives on.
 *
 * @param program - path of the module; it answers the first message with `process.send` and ends
 * @throws ConfinedProgramError when it ends without an answer
 */
export async function runConfined(
  program: string,
  message: object,
  { timeoutMs, memoryMb, isBackground = false }: Confinement,
): Promise<unknown> {
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const child = fork(program, {
    execArgv: [`--max-old-space-size=${memoryMb}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    // Structured clones: no text is escaped, however large.
    serialization: 'advanced',
  });
  if (isBackground) yieldCores(child);
  const startedMs = performance.now();
  const killTimer = setInterval(
    () => {
      const waitedMs = performance.now() - startedMs;
      const usedMs = isBackground ? (cpuMsOf(child) ?? waitedMs) : waitedMs;
      if (waitedMs >= timeoutMs * PATIENCE || (waitedMs >= timeoutMs && usedMs >= timeoutMs)) {
        child.kill('SIGKILL');
      }
    },
    Math.min(LOOK_MS, timeoutMs),
  );
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.once('message', resolve);
  child.once('error', (error) => reject(new ConfinedProgramError(`could not start: ${error.message}`)));
  child.once('exit', (exitCode, signal) => {
    clearInterval(killTimer);
    // Settled long ago when all went well; the rest is what the person must see.
    reject(new ConfinedProgramError(describeEnd({ exitCode, signal, complaint }, { timeoutMs, memoryMb })));
  });
  child.send(message, (error) => {
    if (error !== null) reject(new ConfinedProgramError(`took no message: ${error.message}`));
  });
  return promise;
}

/** The CPU time of all threads of a process; undefined where the system does not tell. */
function cpuMsOf({ pid }: ChildProcess): number | undefined {
  try {
    // The name of the program stands in brackets and may hold anything; behind it fields 12 and 13 are ticks of 10 ms.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').at(-1)?.split(' ') ?? [];
    return (Number(fields[11]) + Number(fields[12])) * 10;
  } catch {
    return undefined;
  }
}

/** Threads get the priority of the thread that makes them, so that this comes before there are any. */
function yieldCores({ pid }: ChildProcess): void {
  try {
    if (pid !== undefined) setPriority(pid, BACKGROUND_PRIORITY);
  } catch {
    // A system without priorities, or the process has ended already.
  }
}

function describeEnd(
  {
    exitCode,
    signal,
    complaint,
  }: { readonly exitCode: number | null; readonly signal: string | null; readonly complaint: string },
  { timeoutMs, memoryMb }: Confinement,
): string {
  if (complaint.includes('heap out of memory')) return `needed more than ${memoryMb} MB of memory`;
  if (signal === 'SIGKILL') {
    return `was stopped: it had no result after ${timeoutMs / 1000} s, or the machine is out of memory`;
  }
  const end = signal === null ? `exit code ${exitCode}` : signal;
  return `ended without a result (${end}). ${complaint.trim()}`;
}
