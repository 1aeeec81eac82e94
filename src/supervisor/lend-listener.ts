import { fork, type SendHandle } from 'node:child_process';
import type { PrimaryMessage } from './protocol.ts';

export interface LendOptions {
  /** The program of the next worker, and Node's options for it. */
  readonly program: string;
  readonly execArgv: readonly string[];
  /** The listening socket. */
  readonly handle: SendHandle;
  readonly doorFolder: string;
  /** The public key of the primary; PEM. */
  readonly snapshotKey: string;
}

const TIMEOUT_MS = 10_000;

/**
 * Starts another worker and hands it the listening socket. A socket can be handed on to children alone, so that a primary
 * that has found its workers again has no other way to replace one: it reaches the new one through its door.
 *
 * @returns the new worker's process id, once it can be found
 * @throws when it ends or says nothing
 */
export async function lendListener(options: LendOptions): Promise<number> {
  const { program, execArgv, handle, doorFolder, snapshotKey } = options;
  const child = fork(program, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error('the next worker says nothing')), TIMEOUT_MS);
  child.once('error', reject);
  child.once('exit', (code, signal) => reject(new Error(`the next worker ended (${signal ?? code})`)));
  child.once('message', () => resolve());
  child.send(
    { type: 'inherit', doorFolder, snapshotKey } satisfies PrimaryMessage,
    handle,
    undefined,
    () => {},
  );
  try {
    await promise;
  } catch (error) {
    child.kill('SIGKILL');
    throw error;
  } finally {
    clearTimeout(timer);
  }
  // From now on it is the primary's.
  child.disconnect();
  child.unref();
  return child.pid as number;
}
