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

/** What pino masks in every object that is logged. */
export const LOG_REDACTION = {
  paths: SECRETS.flatMap((key) => [`["${key}"]`, `*["${key}"]`, `*.*["${key}"]`]),
  censor: '[masked]',
};

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
    redact: LOG_REDACTION,
    ...(pretty
      ? {
          transport: {
            target: 'pino-pretty',
            options: {
              // A request reads as a sentence: `request 200 in 12.3 ms Dashboard PRO`.
              messageFormat:
                '{msg}{if status} {status} in {ms} ms {operation} {tier}{end}{if code} {code}{end}',
              ignore: 'pid,hostname,method,path,status,ms,type,tier,keyId,operation,code,requestId',
              translateTime: 'HH:MM:ss.l',
              singleLine: true,
            },
          },
        }
      : {}),
  });
}
