import { fork } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { ConfigError } from '../../errors/errors.ts';
import { type CompositionOutcome, compositionOutcome, type SchemaSource } from './composition-outcome.ts';

const PROGRAM = fileURLToPath(new URL('./composition-main.ts', import.meta.url));
const TIMEOUT_MS = 60_000;
const MEMORY_LIMIT_MB = 1024;

/**
 * Composes subgraphs in a process of its own, which is killed when it takes longer than a minute or more than a
 * gigabyte.
 *
 * @throws ConfigError COMPOSITION_FAILED when the process ends without an outcome
 */
export async function composeSources(
  sources: readonly SchemaSource[],
  { timeoutMs = TIMEOUT_MS }: { timeoutMs?: number } = {},
): Promise<CompositionOutcome> {
  const { promise, resolve, reject } = Promise.withResolvers<CompositionOutcome>();
  const child = fork(PROGRAM, {
    execArgv: [`--max-old-space-size=${MEMORY_LIMIT_MB}`],
    stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
  });
  const killTimer = setTimeout(() => child.kill('SIGKILL'), timeoutMs);
  let complaint = '';
  child.stderr?.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-2000);
  });
  child.once('message', (message) => {
    const parsed = compositionOutcome.safeParse(message);
    if (parsed.success) resolve(parsed.data);
    else reject(new ConfigError('COMPOSITION_FAILED', 'Composition gave no usable outcome.', parsed.error));
  });
  child.once('error', reject);
  child.once('exit', (exitCode, signal) => {
    clearTimeout(killTimer);
    // Settled long ago when all went well; the rest is what the person must see.
    reject(new ConfigError('COMPOSITION_FAILED', describeEnd(exitCode, signal, complaint, timeoutMs)));
  });
  child.send(sources);
  return promise;
}

function describeEnd(
  exitCode: number | null,
  signal: string | null,
  complaint: string,
  timeoutMs: number,
): string {
  if (signal === 'SIGKILL') {
    return `Composition was stopped: it had no result after ${timeoutMs / 1000} s, or the machine is out of memory.`;
  }
  if (complaint.includes('heap out of memory')) {
    return `Composition was stopped: it needed more than ${MEMORY_LIMIT_MB} MB of memory.`;
  }
  const end = signal === null ? `exit code ${exitCode}` : signal;
  return `Composition ended without a result (${end}). ${complaint.trim()}`;
}
