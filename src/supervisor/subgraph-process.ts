import { fork } from 'node:child_process';
import { setTimeout as delay } from 'node:timers/promises';
import { ConfigError } from '../errors/errors.ts';
import { httpGet } from '../lib/http-get.ts';
import type { Logger } from '../observability/logger.ts';
import type { PrimaryMetrics } from '../observability/primary-metrics.ts';
import type { ForwardOutput } from './forward-output.ts';
import { readSubgraphMessage } from './protocol.ts';
import { superviseChild } from './supervised-child.ts';

const STOP_TIMEOUT_MS = 3_000;
const HEALTH_TIMEOUT_MS = 30_000;
const HEALTH_POLL_MS = 50;

export interface SubgraphProcessOptions {
  readonly name: string;
  /** The path of the program. */
  readonly program: string;
  readonly host: string;
  /** 0 means any free one; a restart takes the same again. */
  readonly port: number;
  /** What the program is told besides HOST and PORT. */
  readonly environment: Readonly<Record<string, string>>;
  readonly log: Logger;
  readonly metrics: PrimaryMetrics;
  readonly forwardOutput: ForwardOutput;
}

/** A subgraph that runs as a program of its own. */
export interface SubgraphProcess {
  readonly name: string;
  readonly pid: number | undefined;
  /** Its GraphQL URL, once it listens; rejects with a ConfigError that says why it never will. */
  readonly listening: Promise<string>;
  /** Resolves when `/health` says ready. @throws ConfigError START_FAILED with the subgraph's reason */
  waitUntilHealthy(): Promise<void>;
  stop(): Promise<void>;
  kill(): void;
}

export function startSubgraphProcess(options: SubgraphProcessOptions): SubgraphProcess {
  const { name, program, host, environment, log, metrics, forwardOutput } = options;
  const listening = Promise.withResolvers<string>();
  const stopped = new AbortController();
  // Awaited by whoever waits for health; a rejection before that is no unhandled one.
  listening.promise.catch(() => {});
  let { port } = options;
  let hasListened = false;
  const supervised = superviseChild({
    name,
    log,
    spawn() {
      const child = fork(program, {
        env: { ...process.env, ...environment, HOST: host, PORT: String(port) },
        stdio: ['ignore', forwardOutput.stdio, 'inherit', 'ipc'],
      });
      forwardOutput.attach(child);
      child.on('message', (raw) => {
        const message = readSubgraphMessage(raw);
        if (message.type === 'failed') {
          const code = message.code === 'EADDRINUSE' ? 'PORT_TAKEN' : 'START_FAILED';
          if (hasListened) log.error({ subgraph: name, reason: message.message }, 'a subgraph cannot start');
          else supervised.giveUp();
          listening.reject(new ConfigError(code, message.message));
          return;
        }
        hasListened = true;
        port = message.port;
        supervised.markReady();
        listening.resolve(message.url);
      });
      return child;
    },
    onDeath: () => metrics.restarts.inc({ process: name }),
    onGivingUp: ({ exitCode, signal }) =>
      listening.reject(
        new ConfigError(
          'START_FAILED',
          `The ${name} subgraph does not start (${signal ?? `exit code ${exitCode}`}).`,
        ),
      ),
    askToStop: (child) => child.kill('SIGTERM'),
    stopTimeoutMs: STOP_TIMEOUT_MS,
  });
  return {
    name,
    get pid() {
      return supervised.process?.pid;
    },
    listening: listening.promise,
    waitUntilHealthy: async () =>
      waitUntilHealthy(name, new URL('/health', await listening.promise), stopped.signal),
    stop() {
      stopped.abort();
      return supervised.stop();
    },
    kill() {
      stopped.abort();
      supervised.kill();
    },
  };
}

/** A subgraph that is stopped meanwhile is waited for no longer: the process could not end until then. */
async function waitUntilHealthy(name: string, url: URL, stopped: AbortSignal): Promise<void> {
  const deadline = Date.now() + HEALTH_TIMEOUT_MS;
  let reason = 'no answer';
  while (Date.now() < deadline && !stopped.aborted) {
    try {
      const signal = AbortSignal.any([stopped, AbortSignal.timeout(HEALTH_TIMEOUT_MS)]);
      const { statusCode, text } = await httpGet(url, { signal });
      if (statusCode === 200) return;
      const answer = JSON.parse(text) as { readonly reason?: string };
      reason = answer.reason ?? `status ${statusCode}`;
    } catch (error) {
      reason = (error as Error).message;
    }
    await delay(HEALTH_POLL_MS);
  }
  if (stopped.aborted) reason = 'it was stopped';
  throw new ConfigError(
    'START_FAILED',
    `The ${name} subgraph is not ready after ${HEALTH_TIMEOUT_MS / 1000} s: ${reason}.`,
  );
}
