import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Command } from 'commander';
import { ConfigError } from '../errors/errors.ts';
import { parseHttpUrl } from './parse-options.ts';

/** The options of every command that speaks with a running platform. */
export interface AdminOptions {
  readonly adminUrl: string;
  readonly stateDir: string;
  /** Print the API's answer as it is. */
  readonly json?: true;
}

/** Adds the options of `AdminOptions` to a command. */
export function addAdminOptions(command: Command): Command {
  return command
    .option('--admin-url <url>', 'the admin listener of the platform', parseHttpUrl, 'http://127.0.0.1:4100')
    .option(
      '--state-dir <folder>',
      'where the admin token is, unless TRIBUTARY_ADMIN_TOKEN holds it',
      '.tributary',
    )
    .option('--json', 'print the answer as JSON');
}

/** An answer of the control API that is a refusal. Its message is for the person at the command line. */
export class AdminRefusal extends Error {
  override readonly name = 'AdminRefusal';
  readonly code: string;
  readonly status: number;
  /** All that the answer says of it. */
  readonly extensions: Readonly<Record<string, unknown>>;
  constructor(status: number, { message, extensions }: RefusalEntry) {
    super(message);
    this.status = status;
    this.code = String(extensions.code);
    this.extensions = extensions;
  }
}

interface RefusalEntry {
  readonly message: string;
  readonly extensions: Readonly<Record<string, unknown>>;
}

/** Speaks with the control API. */
export interface AdminClient {
  /**
   * Sends a request below `/api` and gives the JSON of the answer.
   *
   * @param path - `/keys/abc`, its parts percent-encoded
   * @throws AdminRefusal for whatever is not a success; ConfigError when nobody answers there
   */
  send<Answer>(method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string, body?: unknown): Promise<Answer>;
  /**
   * Asks for what is no JSON, piece by piece.
   *
   * @throws the same
   */
  read(path: string): AsyncIterable<Uint8Array>;
}

const TIMEOUT_MS = 60_000;

/** @throws ConfigError CONFIG_NOT_FOUND without a token */
export function createAdminClient({ adminUrl, stateDir }: AdminOptions): AdminClient {
  const token = readToken(stateDir);
  const ask = (method: string, path: string, body?: unknown): Promise<Response> =>
    reach(`${adminUrl.replace(/\/$/, '')}/api${path}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
      redirect: 'error',
    });
  const readJson = async <Answer>(response: Response): Promise<Answer> => {
    const answer = (await response.json().catch(() => undefined)) as
      | { readonly errors?: readonly RefusalEntry[] }
      | undefined;
    if (response.ok && answer !== undefined) return answer as Answer;
    const refusal = answer?.errors?.[0];
    if (refusal?.extensions !== undefined) throw new AdminRefusal(response.status, refusal);
    throw new ConfigError('START_FAILED', `What answers at ${adminUrl} is no admin listener of Tributary.`);
  };
  return {
    send: async (method, path, body) => readJson(await ask(method, path, body)),
    async *read(path) {
      const response = await ask('GET', path);
      if (!response.ok || response.body === null) await readJson(response);
      else yield* response.body;
    },
  };
}

function readToken(stateDir: string): string {
  const given = process.env.TRIBUTARY_ADMIN_TOKEN?.trim();
  if (given !== undefined && given !== '') return given;
  const file = join(stateDir, 'admin-token');
  try {
    return readFileSync(file, 'utf8').trim();
  } catch (cause) {
    throw new ConfigError(
      'CONFIG_NOT_FOUND',
      `There is no admin token: set TRIBUTARY_ADMIN_TOKEN, or name the state directory of the platform with --state-dir (${file} cannot be read).`,
      cause,
    );
  }
}

async function reach(url: string, init: RequestInit): Promise<Response> {
  try {
    return await fetch(url, init);
  } catch (cause) {
    const { origin } = new URL(url);
    const isLate = (cause as Error).name === 'TimeoutError';
    throw new ConfigError(
      'START_FAILED',
      isLate
        ? `There is no answer from ${origin} after ${TIMEOUT_MS / 1000} s; whether it was done, a list may tell.`
        : `Nothing answers at ${origin}: is the platform running, and is --admin-url right?`,
      cause,
    );
  }
}
