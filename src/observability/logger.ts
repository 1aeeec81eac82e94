import { type Logger, pino } from 'pino';

export type { Logger } from 'pino';

/** Header names and object keys whose values never reach a log. */
const SECRETS = [
  'authorization',
  'cookie',
  'set-cookie',
  'x-api-key',
  'apiKey',
  'secret',
  'token',
  'password',
  'pepper',
];

/**
 * Makes the logger of a process: JSON lines on standard output, or readable lines when `pretty`.
 *
 * @param name - which process speaks: `primary`, `worker`, …
 * @param level - the least severity that is logged
 */
export function createLogger(
  name: string,
  level: string,
  { pretty = false }: { pretty?: boolean } = {},
): Logger {
  return pino({
    name,
    level,
    redact: {
      paths: SECRETS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
      censor: '[masked]',
    },
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: { ignore: 'pid,hostname', translateTime: 'HH:MM:ss.l', singleLine: true },
          },
        }
      : {}),
  });
}

const KEY_LIKE = /trb_live_[A-Za-z0-9_]+/g;
const TOKEN_LIKE = /eyJ[\w-]{10,}\.[\w-]+\.[\w-]+/g;

/** Masks API keys and JSON Web Tokens in text that comes from outside. */
export function maskSecrets(text: string): string {
  return text.replace(KEY_LIKE, 'trb_live_[masked]').replace(TOKEN_LIKE, '[masked token]');
}
