import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { type RunningCommand, runTributary } from './run-tributary.ts';
import type { TemporaryFolder } from './temporary-folder.ts';

/** `/api/status` of a platform. */
export interface TestStatus {
  readonly version: string;
  readonly snapshotId: string | null;
  readonly warnings: readonly string[];
  readonly workers: readonly {
    readonly pid: number;
    readonly state: string;
    readonly snapshotId: string;
    readonly rssBytes: number | null;
  }[];
}

/** A `tributary serve` under test. */
export interface TestServing {
  readonly command: RunningCommand;
  readonly url: string;
  readonly adminUrl: string;
  /** Sends an operation to the public listener. */
  ask(
    query: string,
    headers?: Readonly<Record<string, string>>,
  ): Promise<{ status: number; answer: unknown }>;
  /** Calls the admin listener with the admin token. */
  admin(
    method: 'GET' | 'POST' | 'DELETE',
    path: string,
    body?: unknown,
  ): Promise<{ status: number; answer: never }>;
  status(): Promise<TestStatus>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface ServeOptions {
  readonly supergraph: string;
  readonly stateDir: string;
  readonly args?: readonly string[];
  readonly env?: Readonly<Record<string, string>>;
}

/** Runs `tributary serve` on free ports, unless the arguments say which, until it is ready. */
export async function startServing({
  supergraph,
  stateDir,
  args = [],
  env,
}: ServeOptions): Promise<TestServing> {
  const command = runTributary(
    [
      ...['serve', '--supergraph', supergraph, '--port', '0', '--admin-port', '0', '--state-dir', stateDir],
      ...args,
    ],
    // Only tests of budgets run into them.
    { env: { TRIBUTARY_BUDGETS: 'off', ...env } },
  );
  const [, url = ''] = await command.waitFor(/^ready {2}(http:\S+)$/m);
  const [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
  const admin: TestServing['admin'] = async (method, path, sent) => {
    const token = readFileSync(join(stateDir, 'admin-token'), 'utf8').trim();
    const { statusCode, body } = await request(adminUrl + path, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(sent === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(sent === undefined ? {} : { body: JSON.stringify(sent) }),
    });
    return { status: statusCode, answer: (await body.json()) as never };
  };
  return {
    command,
    url,
    adminUrl,
    admin,
    async ask(query, headers = {}) {
      const { statusCode, body } = await request(url, {
        method: 'POST',
        // A connection that is kept dies with its worker.
        reset: true,
        headers: { 'content-type': 'application/json', ...headers },
        body: JSON.stringify({ query }),
      });
      return { status: statusCode, answer: await body.json() };
    },
    status: async () => (await admin('GET', '/api/status')).answer,
    [Symbol.asyncDispose]: () => command[Symbol.asyncDispose](),
  };
}

/** A supergraph file in a folder, and the folder of a platform's state beside it. */
export function placeSupergraph(folder: TemporaryFolder, sdl: string): ServeOptions {
  return { supergraph: folder.write('supergraph.graphql', sdl), stateDir: join(folder.path, 'state') };
}
