import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { chownSync } from 'node:fs';
import { join } from 'node:path';
import { Client } from 'pg';
import { providePostgres } from '../../scripts/provide-postgres.ts';
import { findFreePort } from './find-free-port.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** A PostgreSQL server of one test file, on a port of its own. */
export interface TestPostgres {
  /** Makes an empty database and names its address. */
  createDatabase(): Promise<string>;
  [Symbol.asyncDispose](): Promise<void>;
}

const START_TIMEOUT_MS = 30_000;
/** Nothing has to outlive a test: no waiting for disks. */
const SETTINGS = ['fsync=off', 'synchronous_commit=off', 'full_page_writes=off', 'max_connections=60'];

/**
 * Starts a PostgreSQL server in a temporary folder. It ends with the test file, also when that is killed.
 *
 * @throws with what the server said when it does not come up
 */
export async function startPostgres(): Promise<TestPostgres> {
  const bin = process.env.POSTGRES_BIN ?? providePostgres();
  const folder = createTemporaryFolder();
  const account = unprivilegedAccount();
  if (account !== undefined) chownSync(folder.path, account.uid, account.gid);
  const data = join(folder.path, 'data');
  const [initdb, ...initArgs] = asAccount(account, [
    join(bin, 'initdb'),
    ...['-D', data, '-U', 'test', '-A', 'trust', '-E', 'UTF8', '--locale=C', '--no-sync'],
  ]);
  const made = spawnSync(initdb, initArgs, { encoding: 'utf8', cwd: folder.path });
  if (made.status !== 0) throw new Error(`initdb failed: ${made.stderr}`);
  const port = await findFreePort();
  const server = await startServer(
    asAccount(account, [
      join(bin, 'postgres'),
      ...['-D', data, '-h', '127.0.0.1', '-p', String(port), '-k', folder.path],
      ...SETTINGS.flatMap((setting) => ['-c', setting]),
    ]),
    folder.path,
  );
  const addressOf = (database: string) => `postgresql://test@127.0.0.1:${port}/${database}`;
  let count = 0;
  return {
    async createDatabase() {
      count += 1;
      const client = new Client({ connectionString: addressOf('postgres') });
      await client.connect();
      await client.query(`create database test_${count}`);
      await client.end();
      return addressOf(`test_${count}`);
    },
    async [Symbol.asyncDispose]() {
      const ended = once(server, 'close');
      server.stdin?.end();
      await ended;
      folder[Symbol.dispose]();
    },
  };
}

interface Account {
  readonly uid: number;
  readonly gid: number;
}

/** PostgreSQL refuses to run as root: then it runs as Debian's `nobody`. */
function unprivilegedAccount(): Account | undefined {
  return process.getuid?.() === 0 ? { uid: 65_534, gid: 65_534 } : undefined;
}

function asAccount(
  account: Account | undefined,
  command: readonly [string, ...string[]],
): readonly [string, ...string[]] {
  if (account === undefined) return command;
  return ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups', ...command];
}

/** Runs the server below a shell that ends it when this process is gone, in whichever way. */
async function startServer(command: readonly string[], cwd: string): Promise<ChildProcess> {
  const script = '"$@" & server=$!; cat > /dev/null; kill -INT $server; wait';
  const child = spawn('sh', ['-c', script, 'sh', ...command], { cwd, stdio: ['pipe', 'ignore', 'pipe'] });
  let said = '';
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const timer = setTimeout(() => reject(new Error(`PostgreSQL did not start: ${said}`)), START_TIMEOUT_MS);
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said += text;
    if (said.includes('ready to accept connections')) resolve();
    if (said.includes('FATAL')) reject(new Error(`PostgreSQL did not start: ${said}`));
  });
  await promise.finally(() => clearTimeout(timer));
  child.stderr.removeAllListeners('data').resume();
  return child;
}
