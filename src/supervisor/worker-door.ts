import { type KeyObject, randomBytes } from 'node:crypto';
import { chmodSync, existsSync, rmSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { readJsonLines, writeJsonLine } from '../lib/json-lines.ts';
import type { Logger } from '../observability/logger.ts';
import { doorPath, type Hello, isProof, type Verdict } from './adoption.ts';
import { readProcess } from './process-tree.ts';

/** A worker's socket in the state directory, through which a primary finds it. */
export interface WorkerDoor {
  /** Whether it can still be found: false once somebody has removed the state directory. */
  isThere(): boolean;
  close(): void;
}

export interface WorkerDoorOptions {
  /** The folder of the doors of all workers. */
  readonly folder: string;
  /** The public key of the primary. */
  readonly key: KeyObject;
  /** What the worker says of itself. */
  readonly describe: () => Pick<Hello, 'generation' | 'listener' | 'snapshotId'>;
  /** Called with the connection of a primary that has proved itself; it takes the place of the one before. */
  readonly onPrimary: (socket: Socket) => void;
  readonly log: Logger;
}

/** Whoever has not proved himself by then is sent away. */
const PROOF_TIMEOUT_MS = 5_000;

/**
 * Opens the door of this worker.
 *
 * @returns undefined when the state directory's path is too long for a socket: nobody can find the worker then
 * @throws the error of the socket
 */
export async function openWorkerDoor(options: WorkerDoorOptions): Promise<WorkerDoor | undefined> {
  const path = doorPath(options.folder, process.pid);
  if (path === undefined) return undefined;
  // Of an earlier process with this id.
  rmSync(path, { force: true });
  const server = createServer((socket) => welcome(socket, options));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(path, () => {
      server.off('error', reject);
      resolve();
    });
  });
  chmodSync(path, 0o600);
  // It is the public listener that keeps the worker alive.
  server.unref();
  return { isThere: () => existsSync(path), close: () => server.close() };
}

function welcome(socket: Socket, { key, describe, onPrimary, log }: WorkerDoorOptions): void {
  const { pid } = process;
  const hello: Hello = {
    type: 'hello',
    nonce: randomBytes(32).toString('base64url'),
    pid,
    startedAtTicks: readProcess(pid)?.startedAtTicks ?? null,
    startedAtMs: Math.round(performance.timeOrigin),
    ...describe(),
  };
  socket.on('error', () => socket.destroy());
  const timer = setTimeout(() => socket.destroy(), PROOF_TIMEOUT_MS).unref();
  const stopReading = readJsonLines(socket, (message) => {
    stopReading();
    clearTimeout(timer);
    if (isProof(message, hello, key)) {
      onPrimary(socket);
      writeJsonLine(socket, { type: 'adopted' } satisfies Verdict);
      return;
    }
    log.error('somebody came through the state directory without the key of the primary, and was sent away');
    writeJsonLine(socket, { type: 'refused' } satisfies Verdict);
    socket.end();
  });
  writeJsonLine(socket, hello);
}
