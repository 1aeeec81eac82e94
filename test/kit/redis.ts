import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { Redis } from 'ioredis';
import { provideRedis } from '../../scripts/provide-redis.ts';
import { findFreePort } from './find-free-port.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** A Redis server of one test file, on a port of its own, without a disk unless a test asks for one. */
export interface TestRedis {
  readonly port: number;
  /** `redis://127.0.0.1:…` */
  readonly url: string;
  /** Sends one command past all clients under test. */
  command(name: string, ...args: readonly (string | number)[]): Promise<unknown>;
  /** Ends the server at once, as a crash would. */
  kill(): Promise<void>;
  /** Stops the process in the middle of whatever it does; connections stay open. */
  freeze(): void;
  thaw(): void;
  /** Starts it again on the same port: empty, unless it saved. Ends it first if it runs. */
  restart(options?: RedisStartOptions): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface RedisStartOptions {
  /** Options of redis-server, as on its command line: `['--cluster-enabled', 'yes']`. */
  readonly args?: readonly string[];
  /** A file with what a Sentinel watches: starts a Sentinel instead of a server. */
  readonly sentinelConfig?: string;
  /** Whether to wait for the data to be loaded, too. */
  readonly untilLoaded?: boolean;
}

const START_TIMEOUT_MS = 20_000;
const WITHOUT_DISK = ['--save', '', '--appendonly', 'no'];

/**
 * Starts a Redis server. It ends with the test file, also when that is killed.
 *
 * @throws with what the server said when it does not come up
 */
export async function startRedis(options: RedisStartOptions = {}): Promise<TestRedis> {
  const folder = createTemporaryFolder();
  const port = await findFreePort();
  const address = ['--bind', '127.0.0.1', '--port', String(port), '--dir', folder.path];
  const start = ({ args = [], sentinelConfig, untilLoaded = true }: RedisStartOptions) =>
    sentinelConfig === undefined
      ? startServer(
          [...address, ...WITHOUT_DISK, ...args],
          untilLoaded ? 'Ready to accept connections' : 'initialized',
        )
      : startServer([sentinelConfig, ...address, '--sentinel'], 'Sentinel ID is');
  let server: RedisProcess | undefined = await start(options);

  const stop = async (): Promise<void> => {
    await server?.kill();
    server = undefined;
  };
  return {
    port,
    url: `redis://127.0.0.1:${port}`,
    async command(name, ...args) {
      const client = new Redis({
        port,
        lazyConnect: true,
        enableReadyCheck: false,
        retryStrategy: () => null,
      });
      try {
        await client.connect();
        return await client.call(name, ...args);
      } finally {
        client.disconnect();
      }
    },
    kill: stop,
    freeze: () => server?.signal('SIGSTOP'),
    thaw: () => server?.signal('SIGCONT'),
    async restart(again = options) {
      await stop();
      server = await start(again);
    },
    async [Symbol.asyncDispose]() {
      await stop();
      folder[Symbol.dispose]();
    },
  };
}

interface RedisProcess {
  signal(name: NodeJS.Signals): void;
  kill(): Promise<void>;
}

/** Runs the server below a shell that kills it when this process is gone, in whichever way. */
async function startServer(args: readonly string[], sign: string): Promise<RedisProcess> {
  const program = process.env.REDIS_SERVER ?? provideRedis();
  const script = '"$@" & server=$!; echo "pid $server"; cat > /dev/null; kill -KILL $server; wait';
  const child = spawn('sh', ['-c', script, 'sh', program, ...args], { stdio: ['pipe', 'pipe', 'inherit'] });
  const pid = await readStart(child, sign);
  return {
    signal: (name) => process.kill(pid, name),
    async kill() {
      const ended = once(child, 'close');
      child.stdin?.end();
      await ended;
    },
  };
}

/** Reads what the server says until it is up, then lets the rest go by. @returns the server's process id */
async function readStart(child: ChildProcess, sign: string): Promise<number> {
  const lines: string[] = [];
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const fail = () => reject(new Error(`Redis did not start: ${lines.join('\n')}`));
  const timer = setTimeout(fail, START_TIMEOUT_MS);
  child.once('close', fail);
  createInterface({ input: child.stdout as NodeJS.ReadableStream }).on('line', (line) => {
    lines.push(line);
    if (line.includes(sign)) resolve();
    // The shell outlives a server that gave up.
    if (line.includes('FATAL') || line.includes("can't set maximum")) fail();
  });
  await promise.finally(() => {
    clearTimeout(timer);
    child.off('close', fail);
  });
  const pid = lines.map((line) => /^pid (\d+)$/.exec(line)?.[1]).find((found) => found !== undefined);
  return Number(pid);
}
