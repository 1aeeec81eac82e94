import type { KeyObject } from 'node:crypto';
import { readdirSync, rmSync } from 'node:fs';
import { connect, type Socket } from 'node:net';
import { basename, join } from 'node:path';
import { setTimeout as delay } from 'node:timers/promises';
import { LineQueue, writeJsonLine } from '../lib/json-lines.ts';
import type { Logger } from '../observability/logger.ts';
import { AdoptedWorker, isSameProcess, killIfSame } from './adopted-worker.ts';
import { doorPath, type Hello, proveTo, readHello, readVerdict } from './adoption.ts';
import { readProcess } from './process-tree.ts';

/** A worker that does not even say hello in this time hangs. */
const ANSWER_TIMEOUT_MS = 2_000;
/** What the kernel keeps of a worker's title. */
const WORKER_NAME = 'tributary worke';
const STRANGER_END_MS = 15_000;
const POLL_MS = 20;

export interface FindWorkersOptions {
  /** The folder of the doors of all workers. */
  readonly folder: string;
  /** The private key of the primary. */
  readonly key: KeyObject;
  readonly log: Logger;
}

/**
 * Finds the workers that have outlived the primary before, and takes them over. What is left of others is removed: doors
 * of dead workers, workers that hang, and workers of a primary with another key, which end in order.
 */
export async function findWorkers({ folder, key, log }: FindWorkersOptions): Promise<AdoptedWorker[]> {
  const names = readdirSync(folder).filter((name) => name.endsWith('.sock'));
  const found = await Promise.all(names.map((name) => takeOver(folder, basename(name, '.sock'), key, log)));
  return found.filter((worker) => worker !== undefined);
}

/**
 * Takes over the worker behind a door.
 *
 * @throws when there is none, it hangs, or does not take this process for its primary
 */
export async function adoptWorker(
  folder: string,
  pid: number | string,
  key: KeyObject,
): Promise<AdoptedWorker> {
  const path = doorPath(folder, pid);
  if (path === undefined) throw new DoorError('gone', 'the path of the state directory is too long');
  const socket = await open(path);
  const timer = setTimeout(
    () => socket.destroy(new DoorError('mute', 'the worker does not answer')),
    ANSWER_TIMEOUT_MS,
  );
  try {
    const lines = new LineQueue(socket);
    const hello = readHello(await lines.next());
    writeJsonLine(socket, proveTo(hello, key));
    if (readVerdict(await lines.next()).type === 'adopted') return new AdoptedWorker(socket, lines, hello);
    throw new DoorError('refused', 'the worker has another primary', hello);
  } catch (error) {
    socket.destroy();
    throw error;
  } finally {
    clearTimeout(timer);
  }
}

class DoorError extends Error {
  override readonly name = 'DoorError';
  readonly why: 'gone' | 'mute' | 'refused';
  readonly hello: Hello | undefined;
  constructor(why: DoorError['why'], message: string, hello?: Hello) {
    super(message);
    this.why = why;
    this.hello = hello;
  }
}

async function takeOver(
  folder: string,
  pid: string,
  key: KeyObject,
  log: Logger,
): Promise<AdoptedWorker | undefined> {
  try {
    return await adoptWorker(folder, pid, key);
  } catch (error) {
    const why = error instanceof DoorError ? error.why : 'mute';
    if (why === 'refused') await sendAway((error as DoorError).hello as Hello, log);
    if (why === 'mute') endHanging(Number(pid), log);
    rmSync(join(folder, `${pid}.sock`), { force: true });
    return undefined;
  }
}

/** Its primary had another key; nobody will ever speak to it again. */
async function sendAway(hello: Hello, log: Logger): Promise<void> {
  log.warn({ pid: hello.pid }, 'a worker of a primary with another key is left, and is ended');
  killIfSame(hello, 'SIGTERM');
  const deadline = Date.now() + STRANGER_END_MS;
  while (isSameProcess(hello)) {
    if (Date.now() > deadline) killIfSame(hello, 'SIGKILL');
    await delay(POLL_MS);
  }
}

/** Connections would wait on it for ever. */
function endHanging(pid: number, log: Logger): void {
  const facts = readProcess(pid);
  if (facts?.name !== WORKER_NAME) return;
  log.warn({ pid }, 'a worker that was left hangs, and is killed');
  killIfSame(facts, 'SIGKILL');
}

async function open(path: string): Promise<Socket> {
  const socket = connect(path);
  await new Promise<void>((resolve, reject) => {
    socket.once('connect', resolve);
    socket.once('error', (error) => reject(new DoorError('gone', error.message)));
  });
  // Later on its closing tells enough.
  socket.on('error', () => {});
  return socket;
}
