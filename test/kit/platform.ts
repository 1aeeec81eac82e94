import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { request } from 'undici';
import { CANARY, CANARY_HEADERS } from './canaries.ts';
import type { TestAnswer } from './gateway.ts';
import { runTributary } from './run-tributary.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** `demo.json` as `tributary dev` writes it. */
export interface DemoFile {
  readonly graphql: string;
  readonly admin: string;
  readonly users: readonly {
    readonly id: string;
    readonly portfolioId: string;
    readonly watchlistId: string;
  }[];
  readonly keys: Readonly<Record<'free' | 'pro' | 'business' | 'operator', string>>;
}

/** The whole platform as `npm start` runs it: primary, worker, four subgraphs, each a process of its own. */
export interface TestPlatform {
  readonly demo: DemoFile;
  readonly stateDir: string;
  /** The primary. */
  readonly pid: number;
  /** Where each subgraph listens. */
  readonly subgraphs: Readonly<Record<'portfolio' | 'price' | 'analytics' | 'news', string>>;
  /** Sends an operation; a name such as `01-dashboard` means the file in `schema/operations`. */
  query(
    query: string,
    options?: { variables?: Record<string, unknown>; key?: keyof DemoFile['keys'] | undefined },
  ): Promise<TestAnswer>;
  output(): string;
  [Symbol.asyncDispose](): Promise<void>;
}

const OPERATIONS = new Map(
  globSync(join(import.meta.dirname, '../../schema/operations/*.graphql')).map((file) => [
    file.replace(/.*\//, '').replace('.graphql', ''),
    readFileSync(file, 'utf8'),
  ]),
);

/**
 * Starts the platform on free ports, at the end of the recording, with a state folder of its own.
 *
 * @param env - added to the environment of all of its processes
 */
export async function startTestPlatform(
  args: readonly string[] = [],
  env: Readonly<Record<string, string>> = {},
): Promise<TestPlatform> {
  const folder = createTemporaryFolder();
  const freePorts = ['--port', '0', '--admin-port', '0', '--subgraph-port', '0'];
  const command = runTributary(
    ['dev', ...freePorts, '--clock', 'fixed', '--state-dir', folder.path, ...args],
    // Only tests of budgets run into them.
    { env: { TRIBUTARY_BUDGETS: 'off', ...env } },
  );
  await command.waitFor(/^ready {2}(\S+)$/m);
  const demo = JSON.parse(readFileSync(join(folder.path, 'demo.json'), 'utf8')) as DemoFile;
  const urlOf = (name: string): string =>
    new RegExp(`^ +${name} +(\\S+)$`, 'm').exec(command.output())?.[1] ?? '';

  return {
    demo,
    stateDir: folder.path,
    pid: command.process.pid ?? 0,
    subgraphs: {
      portfolio: urlOf('portfolio'),
      price: urlOf('price'),
      analytics: urlOf('analytics'),
      news: urlOf('news'),
    },
    async query(query, { variables, key } = {}) {
      const { statusCode, headers, body } = await request(demo.graphql, {
        method: 'POST',
        headers: {
          'content-type': 'application/json',
          ...CANARY_HEADERS,
          ...(key === undefined ? {} : { 'x-api-key': demo.keys[key] }),
        },
        body: JSON.stringify({
          query: OPERATIONS.get(query) ?? query,
          variables: { ...variables, canary: CANARY.variable },
        }),
      });
      const text = await body.text();
      return { status: statusCode, headers, text, body: JSON.parse(text) };
    },
    output: command.output,
    async [Symbol.asyncDispose]() {
      await command[Symbol.asyncDispose]();
      folder[Symbol.dispose]();
    },
  };
}
