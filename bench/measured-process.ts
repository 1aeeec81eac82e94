import { type ChildProcess, fork } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { WORKER_NODE_OPTIONS } from '../src/supervisor/worker-node-options.ts';
import type { ControlAnswer, ControlRequest } from './programs/control.ts';

/** A program of the benchmark in a process of its own. */
export interface MeasuredProcess {
  /** @throws Error when the program fails or ends */
  ask<Output>(command: string, input?: unknown): Promise<Output>;
  stop(): Promise<void>;
}

const THIS_CHECKOUT = fileURLToPath(new URL('..', import.meta.url));

/**
 * Starts a file of `bench/programs/` on the Node that runs the benchmark, as production would.
 *
 * @param checkout - the root of the checkout that the program is taken from
 */
export function startProcess(program: string, checkout = THIS_CHECKOUT): MeasuredProcess {
  const child: ChildProcess = fork(join(checkout, 'bench/programs', `${program}.ts`), {
    env: { ...process.env, NODE_ENV: 'production' },
    // Ours runs as a worker does, stock as whoever starts it.
    execArgv: [...process.execArgv, ...(program === 'tributary-gateway' ? WORKER_NODE_OPTIONS : [])],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  const waiting = new Map<number, { resolve(output: unknown): void; reject(error: Error): void }>();
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  let lastId = 0;

  child.on('message', ({ id, output, error }: ControlAnswer) => {
    const waiter = waiting.get(id);
    waiting.delete(id);
    if (error === undefined) waiter?.resolve(output);
    else waiter?.reject(new Error(`${program}: ${error}`));
  });
  child.once('exit', (code, signal) => {
    for (const { reject } of waiting.values()) reject(new Error(`${program} ended with ${signal ?? code}`));
  });

  return {
    ask<Output>(command: string, input?: unknown): Promise<Output> {
      lastId += 1;
      const request: ControlRequest = { id: lastId, command, input };
      return new Promise((resolve, reject) => {
        waiting.set(request.id, { resolve: resolve as (output: unknown) => void, reject });
        child.send(request, (error) => error !== null && reject(error));
      });
    },
    stop() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      return exited;
    },
  };
}
