import type { Logger } from '../observability/logger.ts';
import type { ManagedProcess } from './managed-process.ts';

/** A child that dies sooner than this after its start is started again ever more slowly. */
const EARLY_DEATH_MS = 5_000;
const FIRST_DELAY_MS = 200;
const LONGEST_DELAY_MS = 5_000;
/** So many early deaths in a row, before the child was ever ready, mean that it will never be. */
const DEATHS_BEFORE_GIVING_UP = 3;

/**
 * How long to wait before a child is started again.
 *
 * @param earlyDeaths - how many times in a row it has died within five seconds of its start
 * @returns milliseconds: 0 after a long life, then 200, doubling up to 5,000
 */
export function restartDelayMs(earlyDeaths: number): number {
  return earlyDeaths === 0 ? 0 : Math.min(FIRST_DELAY_MS * 2 ** (earlyDeaths - 1), LONGEST_DELAY_MS);
}

/** How a child ended. */
export interface ChildEnd {
  readonly exitCode: number | null;
  readonly signal: NodeJS.Signals | null;
}

export interface SupervisedChildOptions<Process extends ManagedProcess> {
  readonly name: string;
  readonly log: Logger;
  /** Starts the process and listens to it; a start that fails counts as a death. */
  readonly spawn: () => Process | Promise<Process>;
  /** Called at each death that nobody asked for, before the restart. */
  readonly onDeath: (end: ChildEnd) => void;
  /** Called when the child was never ready and keeps dying; it is not started again. */
  readonly onGivingUp: (end: ChildEnd) => void;
  /** Asks the process to end; it is killed when it has not after `stopTimeoutMs`. */
  readonly askToStop: (child: Process) => void;
  readonly stopTimeoutMs: number;
}

/** A process that is started again when it dies, until it is stopped. */
export interface SupervisedChild<Process extends ManagedProcess> {
  /** The process of now; undefined between a death and the restart. */
  readonly process: Process | undefined;
  readonly startedAtMs: number;
  /** Says that the process serves; from then on it is always started again. */
  markReady(): void;
  /** Says that the process will never serve: it is not started again. */
  giveUp(): void;
  /** Ends the process and starts no other; resolves when it is gone. */
  stop(): Promise<void>;
  /** Has nothing to do with the process any more. */
  release(): void;
  /** Ends the process at once. */
  kill(): void;
}

/** Starts a child and keeps it running. */
export function superviseChild<Process extends ManagedProcess>(
  options: SupervisedChildOptions<Process>,
): SupervisedChild<Process> {
  const { name, log, spawn, onDeath, onGivingUp, askToStop, stopTimeoutMs } = options;
  let child: Process | undefined;
  let startedAtMs = 0;
  let earlyDeaths = 0;
  let hasBeenReady = false;
  let isStopping = false;
  let restartTimer: NodeJS.Timeout | undefined;

  const start = (): void => {
    startedAtMs = Date.now();
    const started = spawn();
    if (started instanceof Promise) started.then(watch, fail);
    else watch(started);
  };
  const fail = (error: unknown): void => {
    log.error({ err: error }, `${name} cannot be started`);
    end({ exitCode: null, signal: null });
  };
  const watch = (started: Process): void => {
    child = started;
    startedAtMs = started.startedAtMs ?? startedAtMs;
    started.once('exit', (exitCode, signal) => end({ exitCode, signal }));
    started.once('error', (error) => {
      log.error({ err: error }, `${name} cannot be started`);
      // A process that never came to be has no exit either.
      if (started.pid === undefined) end({ exitCode: null, signal: null });
    });
    // Somebody has ended it while it was on its way.
    if (isStopping) started.kill('SIGKILL');
  };
  const end = (how: ChildEnd): void => {
    child = undefined;
    if (isStopping) return;
    const livedMs = Date.now() - startedAtMs;
    earlyDeaths = livedMs < EARLY_DEATH_MS ? earlyDeaths + 1 : 0;
    onDeath(how);
    if (!hasBeenReady && earlyDeaths >= DEATHS_BEFORE_GIVING_UP) {
      isStopping = true;
      onGivingUp(how);
      return;
    }
    const delayMs = restartDelayMs(earlyDeaths);
    log.warn({ ...how, livedMs, delayMs }, `${name} died and is started again`);
    restartTimer = setTimeout(start, delayMs);
  };
  start();

  return {
    get process() {
      return child;
    },
    get startedAtMs() {
      return startedAtMs;
    },
    markReady() {
      hasBeenReady = true;
    },
    giveUp() {
      isStopping = true;
    },
    async stop() {
      isStopping = true;
      clearTimeout(restartTimer);
      const leaving = child;
      if (leaving === undefined || hasEnded(leaving)) return;
      const gone = new Promise<void>((resolve) => leaving.once('exit', () => resolve()));
      const killTimer = setTimeout(() => {
        log.warn({ pid: leaving.pid }, `${name} did not end in time and is killed`);
        leaving.kill('SIGKILL');
      }, stopTimeoutMs);
      askToStop(leaving);
      await gone;
      clearTimeout(killTimer);
    },
    release() {
      isStopping = true;
      child = undefined;
    },
    kill() {
      isStopping = true;
      clearTimeout(restartTimer);
      child?.kill('SIGKILL');
    },
  };
}

function hasEnded({ exitCode, signalCode, pid }: ManagedProcess): boolean {
  return pid === undefined || exitCode !== null || signalCode !== null;
}
