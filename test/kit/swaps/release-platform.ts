import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { request } from 'undici';
import { subgraphSdl } from '../../../bench/canned/canned-subgraph.ts';
import type { Published } from '../../../src/control/registry/registry-requests.ts';
import type { VersionSummary } from '../../../src/control/registry/version-store.ts';
import { type RunningCommand, runTributary } from '../run-tributary.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../temporary-folder.ts';
import { createReleases, RULES_FILE, releaseSdl, releaseUrl } from './releases.ts';

/**
 * Budgets are reckoned and refuse nobody: one account sends all of the load. Deadlines are long: what a swap loses is looked
 * for, not what a busy machine does.
 */
const SETTINGS = `
rules: { file: ${RULES_FILE} }
budgets: { mode: measure }
egress: { allow: [loopback] }
registry: { publishesPerMinute: 1000, compositionTimeoutMs: 60000 }
server: { operationTimeoutMs: 30000 }
planning: { budgetMs: 20000 }
subgraphs: { all: { timeoutMs: 20000, breaker: { enabled: false } } }
logging: { level: warn }
`;

/** `tributary serve` over canned subgraphs, with a key and everything else that production has. */
export interface ReleasePlatform {
  readonly url: string;
  readonly adminUrl: string;
  readonly stateDir: string;
  readonly command: RunningCommand;
  /** Asks the control API. */
  admin<Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer>;
  /** Publishes the subgraph `release` with this number. */
  publish(number: number): Promise<Published>;
  /** When the version that is served was made, in milliseconds since the epoch. */
  headMadeAtMs(): Promise<number>;
  /** The value of a metric without labels; of all workers. */
  metric(name: string): Promise<number>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** The canned subgraphs of `createReleases` in a process of their own. */
export interface CannedReleases {
  readonly port: number;
  [Symbol.asyncDispose](): Promise<void>;
}

export async function startCannedReleases(): Promise<CannedReleases> {
  const child: ChildProcess = fork(fileURLToPath(new URL('./canned-releases.ts', import.meta.url)), {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  });
  child.send({ id: 1, command: 'start', input: undefined });
  const [{ output, error }] = (await once(child, 'message')) as [{ output?: CannedReleases; error?: string }];
  if (output === undefined) throw new Error(error);
  return {
    port: output.port,
    async [Symbol.asyncDispose]() {
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

export interface ReleasePlatformOptions {
  readonly canned: CannedReleases;
  readonly workers: number;
  readonly env?: Readonly<Record<string, string>>;
  /** Of a platform that is started again: kept by the caller. Otherwise one is made, and removed at the end. */
  readonly folder?: TemporaryFolder;
}

/** Starts one machine. Several with the same `DATABASE_URL` are several machines. */
export async function startReleasePlatform({
  canned,
  workers,
  env = {},
  folder: given,
}: ReleasePlatformOptions): Promise<ReleasePlatform> {
  const folder = given ?? createTemporaryFolder();
  writeFiles(folder, canned.port);
  const command = runTributary(
    ['serve', '--port', '0', '--admin-port', '0', '--workers', String(workers), '--state-dir', 'state'],
    { cwd: folder.path, env },
  );
  const [, url = ''] = await command.waitFor(/^ready {2}(\S+)$/m);
  const [, adminUrl = ''] = await command.waitFor(/admin +(http:\S+)\/metrics/);
  const stateDir = join(folder.path, 'state');
  const token = env.TRIBUTARY_ADMIN_TOKEN ?? readFileSync(join(stateDir, 'admin-token'), 'utf8').trim();
  const admin = async <Answer>(method: 'GET' | 'POST', path: string, body?: unknown): Promise<Answer> => {
    const response = await request(`${adminUrl}/api${path}`, {
      method,
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.body.text();
    if (response.statusCode >= 300) throw new Error(`${method} ${path}: ${text}`);
    return JSON.parse(text) as Answer;
  };
  return {
    url,
    adminUrl,
    stateDir,
    command,
    admin,
    publish: (number) =>
      admin<Published>('POST', '/subgraphs/release/publish', {
        sdl: releaseSdl(number),
        routingUrl: releaseUrl('release', canned.port),
        reason: `release ${number}`,
        // A canned subgraph answers what it knows alone.
        probe: false,
      }),
    async headMadeAtMs() {
      const { versions } = await admin<{ versions: readonly VersionSummary[] }>('GET', '/versions?limit=1');
      return versions[0]?.createdAtMs ?? Number.NaN;
    },
    async metric(name) {
      const { body } = await request(`${adminUrl}/metrics`);
      const found = new RegExp(`^${name} (\\S+)$`, 'm').exec(await body.text());
      return Number(found?.[1]);
    },
    async [Symbol.asyncDispose]() {
      await command[Symbol.asyncDispose]();
      if (given === undefined) folder[Symbol.dispose]();
    },
  };
}

function writeFiles(folder: TemporaryFolder, port: number): void {
  const entries = createReleases().subgraphs.map((subgraph) => {
    folder.write(`${subgraph.name}.graphql`, subgraphSdl(subgraph));
    return `  ${subgraph.name}: { routing_url: "${releaseUrl(subgraph.name, port)}", schema: { file: ./${subgraph.name}.graphql } }`;
  });
  folder.write('supergraph.yaml', `federation_version: =2.9.0\nsubgraphs:\n${entries.join('\n')}\n`);
  folder.write('gateway.yaml', SETTINGS);
}

/** A key of somebody who may read portfolios. */
export async function createReleaseKey({ admin }: ReleasePlatform): Promise<string> {
  const { key } = await admin<{ key: string }>('POST', '/keys', {
    name: 'load',
    tier: 'ENTERPRISE',
    scopes: ['portfolio:read'],
    accountId: 'acc_load',
    userId: 'user_load',
  });
  return key;
}
