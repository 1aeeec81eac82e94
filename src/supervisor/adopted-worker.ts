import { EventEmitter } from 'node:events';
import type { Socket } from 'node:net';
import { setTimeout as delay } from 'node:timers/promises';
import { type LineQueue, writeJsonLine } from '../lib/json-lines.ts';
import type { Hello } from './adoption.ts';
import type { ManagedProcess } from './managed-process.ts';
import { readProcess } from './process-tree.ts';

/** A worker whose door is closed should be gone within this. */
const END_TIMEOUT_MS = 1_000;
const END_POLL_MS = 10;
/** How it ended is known to its parent alone. */
const UNKNOWN_EXIT_CODE = -1;

/** A worker that is no child of this process: it has outlived the primary before, or was started by one that has. */
export class AdoptedWorker extends EventEmitter implements ManagedProcess {
  readonly pid: number;
  readonly startedAtMs: number;
  readonly hello: Hello;
  readonly signalCode = null;
  exitCode: number | null = null;
  readonly #socket: Socket;

  /**
   * @param socket - through the worker's door; the worker has taken this process for its primary
   * @param lines - what the worker says from now on
   */
  constructor(socket: Socket, lines: LineQueue, hello: Hello) {
    super();
    this.#socket = socket;
    this.hello = hello;
    this.pid = hello.pid;
    this.startedAtMs = hello.startedAtMs;
    // Nothing that it says is lost before somebody listens.
    this.on('newListener', (event) => {
      if (event === 'message') setImmediate(() => lines.follow((message) => this.emit('message', message)));
    });
    socket.once('close', () => void this.#end());
  }

  get connected(): boolean {
    return !this.#socket.destroyed;
  }

  send(message: object): void {
    writeJsonLine(this.#socket, message);
  }

  /** Leaves it alone: it serves on until another primary comes. */
  release(): void {
    this.#socket.removeAllListeners('close');
    this.#socket.destroy();
  }

  /** Does nothing when the process is gone, whoever has its id now. */
  kill(signal: NodeJS.Signals = 'SIGTERM'): boolean {
    return killIfSame(this.hello, signal);
  }

  /** A worker closes its door by ending. One that does not is out of reach, and must not serve on. */
  async #end(): Promise<void> {
    const deadline = Date.now() + END_TIMEOUT_MS;
    while (isSameProcess(this.hello)) {
      if (Date.now() > deadline) this.kill('SIGKILL');
      await delay(END_POLL_MS);
    }
    this.exitCode = UNKNOWN_EXIT_CODE;
    this.emit('exit', null, null);
  }
}

/** Whether the process that said hello still runs; false without `/proc`, where that cannot be known. */
export function isSameProcess({ pid, startedAtTicks }: Pick<Hello, 'pid' | 'startedAtTicks'>): boolean {
  return startedAtTicks !== null && readProcess(pid)?.startedAtTicks === startedAtTicks;
}

/** Sends a signal to the process that said hello, never to a later one with its id. */
export function killIfSame(hello: Pick<Hello, 'pid' | 'startedAtTicks'>, signal: NodeJS.Signals): boolean {
  if (!isSameProcess(hello)) return false;
  try {
    return process.kill(hello.pid, signal);
  } catch {
    return false;
  }
}
