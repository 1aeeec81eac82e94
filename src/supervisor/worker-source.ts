import { fork, type SendHandle } from 'node:child_process';
import { createHash, type KeyObject } from 'node:crypto';
import { fileURLToPath } from 'node:url';
import { canonicalJson } from '../lib/canonical-json.ts';
import { coalesce } from '../lib/coalesce.ts';
import type { WorkerSecrets } from '../snapshot.ts';
import { AdoptedWorker } from './adopted-worker.ts';
import { type BoundListener, bindListener } from './bind-listener.ts';
import { adoptWorker } from './find-workers.ts';
import type { ForwardOutput } from './forward-output.ts';
import type { ManagedProcess } from './managed-process.ts';
import { WORKER_NODE_OPTIONS } from './worker-node-options.ts';

const PROGRAM = fileURLToPath(new URL('./worker-main.ts', import.meta.url));

/** A worker that can hand the listening socket on. */
export interface Lender {
  /** Starts a worker that waits for a primary. @returns its process id */
  lend(program: string, execArgv: readonly string[]): Promise<number>;
}

/** Where workers come from, and the socket that they listen on. */
export interface WorkerSource {
  /** As it was asked for, with the port that came of it. */
  readonly listener: { readonly host: string; readonly port: number };
  /**
   * Starts a worker.
   *
   * @param lender - has the socket, where this process does not
   */
  spawn(lender: Lender | undefined): ManagedProcess | Promise<ManagedProcess>;
  /** What a worker needs to listen; undefined where it has the socket already. */
  handleFor(worker: ManagedProcess): SendHandle | undefined;
  /** Lets go of the socket; workers keep theirs. */
  close(): void;
}

export interface WorkerSourceOptions {
  /** The socket that this process has bound, or where the workers that it has found listen. */
  readonly listener: BoundListener | { readonly host: string; readonly port: number };
  readonly forwardOutput: ForwardOutput;
  /** Absent where workers end with their primary. */
  readonly doorFolder?: string | undefined;
  /** The private key of the primary. */
  readonly key: KeyObject;
}

/**
 * Workers are children of this process, which hands them the socket that it has bound. A primary that has found the workers
 * of the one before has no socket: one of those starts the next worker; when none is left, the address is bound anew.
 */
export function createWorkerSource({
  listener: { host, port },
  listener,
  forwardOutput,
  doorFolder,
  key,
}: WorkerSourceOptions): WorkerSource {
  let bound = 'handle' in listener ? listener : undefined;
  let isClosed = false;
  const execArgv = [...process.execArgv, ...WORKER_NODE_OPTIONS];
  const startChild = (): ManagedProcess => {
    const child = fork(PROGRAM, { execArgv, stdio: ['ignore', forwardOutput.stdio, 'inherit', 'ipc'] });
    forwardOutput.attach(child);
    return child;
  };
  const borrow = async (lender: Lender, folder: string): Promise<ManagedProcess> =>
    adoptWorker(folder, await lender.lend(PROGRAM, execArgv), key);
  // Of several workers that are missing the first binds for all.
  const bindOnce = coalesce(async () => {
    if (bound !== undefined) return;
    bound = await bindListener(host, port, 'public listener');
    if (isClosed) bound.close();
  });
  const bindAgain = async (): Promise<ManagedProcess> => {
    await bindOnce();
    return startChild();
  };
  return {
    listener: { host, port },
    spawn(lender) {
      if (bound !== undefined) return startChild();
      return lender !== undefined && doorFolder !== undefined ? borrow(lender, doorFolder) : bindAgain();
    },
    handleFor: (worker) => (worker instanceof AdoptedWorker ? undefined : bound?.handle),
    close() {
      isClosed = true;
      bound?.close();
    },
  };
}

/**
 * Names what workers are started with and cannot be told later: the version of the program and the secrets. A primary that
 * finds workers of another generation replaces them.
 */
export function generationOf(version: string, secrets: WorkerSecrets): string {
  return createHash('sha256').update(canonicalJson({ version, secrets })).digest('hex');
}
