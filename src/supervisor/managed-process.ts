import type { SendHandle } from 'node:child_process';

/** A process that can be watched, asked and ended: a child of this one, or a worker that it has found. */
export interface ManagedProcess {
  readonly pid?: number | undefined;
  /** Null as long as it runs. */
  readonly exitCode: number | null;
  readonly signalCode: NodeJS.Signals | null;
  /** Whether messages reach it. */
  readonly connected: boolean;
  /** When it was started, in milliseconds since the epoch, where that was before this process knew it. */
  readonly startedAtMs?: number;
  on(event: 'message', listener: (message: unknown) => void): unknown;
  once(event: 'exit', listener: (exitCode: number | null, signal: NodeJS.Signals | null) => void): unknown;
  once(event: 'error', listener: (error: Error) => void): unknown;
  send(
    message: object,
    handle?: SendHandle,
    options?: undefined,
    callback?: (error: Error | null) => void,
  ): unknown;
  kill(signal?: NodeJS.Signals): unknown;
}
