import { readFile } from 'node:fs/promises';
import { z } from 'zod';
import type { ClockMode } from './clock.ts';

const environment = z.object({
  HOST: z.string().default('127.0.0.1'),
  PORT: z.coerce.number().int().min(0).max(65535).optional(),
  STATE_DIR: z.string().optional(),
  DATABASE_URL: z.url({ protocol: /^postgres(ql)?$/ }).optional(),
  TRUSTED_KEYS: z.string({
    error: 'expected the file of public keys that the gateway makes (keys/trusted-keys.json), found nothing',
  }),
  SERVICE_KEY: z.string().optional(),
  PRICE_URL: z.url({ protocol: /^https?$/ }).default('http://127.0.0.1:4202'),
  CLOCK: z.enum(['fixed', 'shift', 'loop']).default('shift'),
  CURSOR_KEY: z.string().min(16).optional(),
  LOG_LEVEL: z.enum(['fatal', 'error', 'warn', 'info', 'debug', 'trace', 'silent']).default('info'),
});

/** The settings of a subgraph, read from the environment. */
export interface SubgraphSettings {
  /** The address to listen on. HOST; default 127.0.0.1. */
  readonly host: string;
  /** The port to listen on; 0 means any free one. PORT; each subgraph has its own default. */
  readonly port: number;
  /** The folder for tables. STATE_DIR; default `.tributary`. */
  readonly stateDir: string;
  /** Where tables are kept in place of that folder: a PostgreSQL database. DATABASE_URL; none by default. */
  readonly databaseUrl?: string | undefined;
  /** A JWKS file with the public keys of the gateway and of the other subgraphs. TRUSTED_KEYS; required. */
  readonly trustedKeysFile: string;
  /** This subgraph's own private key (JWK file), for reading the price subgraph's internal routes. SERVICE_KEY. */
  readonly serviceKeyFile: string | undefined;
  /** Where the price subgraph is. PRICE_URL. */
  readonly priceUrl: string;
  /** How recorded time becomes the platform's time. CLOCK; default shift. */
  readonly clockMode: ClockMode;
  /** Keeps cursors valid over restarts. CURSOR_KEY; at least 16 characters. */
  readonly cursorKey: string | undefined;
  /** LOG_LEVEL; default info. */
  readonly logLevel: string;
}

/** A setting that is missing or wrong; the message names the variable and what was expected. */
export class SettingsError extends Error {
  override readonly name = 'SettingsError';
}

/** Reads a JSON file that a setting names. @throws SettingsError naming the variable and the file */
export async function readJsonFile(variable: string, file: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(file, 'utf8'));
  } catch (cause) {
    const reason =
      cause instanceof SyntaxError ? 'it is no JSON' : 'there is no such file, or it cannot be read';
    throw new SettingsError(`${variable}: ${file}: ${reason}.`, { cause });
  }
}

/**
 * Reads the settings of a subgraph.
 *
 * @throws SettingsError naming each variable at fault
 */
export function readSettings(defaultPort: number, env: NodeJS.ProcessEnv = process.env): SubgraphSettings {
  const parsed = environment.safeParse(env);
  if (!parsed.success) {
    const faults = parsed.error.issues.map((issue) => `${issue.path.join('.')}: ${issue.message}`);
    throw new SettingsError(`The environment is not usable.\n  ${faults.join('\n  ')}`);
  }
  const { HOST, PORT, STATE_DIR, DATABASE_URL, TRUSTED_KEYS, SERVICE_KEY, PRICE_URL } = parsed.data;
  const { CLOCK, CURSOR_KEY, LOG_LEVEL } = parsed.data;
  return {
    host: HOST,
    port: PORT ?? defaultPort,
    stateDir: STATE_DIR ?? '.tributary',
    databaseUrl: DATABASE_URL,
    trustedKeysFile: TRUSTED_KEYS,
    serviceKeyFile: SERVICE_KEY,
    priceUrl: PRICE_URL,
    clockMode: CLOCK,
    cursorKey: CURSOR_KEY,
    logLevel: LOG_LEVEL,
  };
}
