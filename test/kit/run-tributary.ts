import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { lookAtMetricsOf, lookForSecretsOf, watchAnswersOf, watchOutput } from './canaries.ts';

const PROGRAM = fileURLToPath(new URL('../../src/cli/tributary.js', import.meta.url));
const DEADLINE_MS = 60_000;
const GATEWAY_URL = /^ready {2}(http:\S+)$/gm;
const METRICS_URL = /http:\S+\/metrics/;

/** Commands that show a secret once. */
const SHOWS_SECRETS: ReadonlySet<string> = new Set([
  'keys create',
  'keys rotate',
  'tokens create',
  'webhooks add',
]);

/** A `tributary` command under test, as a process of its own. */
export interface RunningCommand {
  readonly process: ChildProcess;
  /** Everything that it has written to standard output and standard error. */
  readonly output: () => string;
  /** Waits for output; fails with all of it when the process ends or a minute passes first. */
  waitFor(pattern: RegExp): Promise<RegExpExecArray>;
  /** The exit code, once the process has ended; the signal's name when one killed it. */
  readonly ended: Promise<number | NodeJS.Signals>;
  /** Ends the process if it runs, and waits for its end. */
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RunOptions {
  readonly cwd?: string;
  readonly env?: Readonly<Record<string, string>>;
  /** Run by this program with these arguments in front instead of by Node alone. */
  readonly through?: readonly [string, ...string[]];
}

/** Runs `tributary` with some arguments. */
export function runTributary(
  args: readonly string[],
  { cwd, env, through }: RunOptions = {},
): RunningCommand {
  const [file, ...rest] = [...(through ?? []), process.execPath, PROGRAM, ...args] as [string, ...string[]];
  const child = spawn(file, rest, {
    stdio: ['ignore', 'pipe', 'pipe'],
    // As wide as any table: what is looked for stands on one line.
    env: { ...process.env, NO_COLOR: '1', COLUMNS: '300', ...env },
    ...(cwd === undefined ? {} : { cwd }),
  });
  let text = '';
  const watch = SHOWS_SECRETS.has(args.slice(0, 2).join(' ')) ? undefined : watchOutput();
  const ended = once(child, 'close').then(([code, signal]) => (code ?? signal) as number | NodeJS.Signals);
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => {
      text += chunk;
      watch?.(chunk);
      for (const [, url = ''] of chunk.matchAll(GATEWAY_URL)) watchAnswersOf(url);
      child.emit('output');
    });
  }
  return {
    process: child,
    output: () => text,
    ended,
    waitFor(pattern) {
      const { promise, resolve: found, reject } = Promise.withResolvers<RegExpExecArray>();
      const look = (): void => {
        const match = pattern.exec(text);
        if (match !== null) found(match);
      };
      const fail = (why: string) => reject(new Error(`${why} without ${pattern}; it said:\n${text}`));
      const timer = setTimeout(fail, DEADLINE_MS, 'a minute has passed');
      child.on('output', look);
      void ended.then(() => fail('the process has ended'));
      look();
      return promise.finally(() => {
        clearTimeout(timer);
        child.off('output', look);
      });
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) {
        const metricsUrl = METRICS_URL.exec(text)?.[0];
        if (metricsUrl !== undefined) await lookAtMetricsOf(metricsUrl);
        child.kill('SIGTERM');
      }
      await ended;
      const stateDir = args[args.indexOf('--state-dir') + 1];
      if (args.includes('--state-dir') && stateDir !== undefined)
        lookForSecretsOf(resolve(cwd ?? '.', stateDir), text);
    },
  };
}
