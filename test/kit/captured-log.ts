import { Writable } from 'node:stream';
import { pino } from 'pino';
import { LOG_REDACTION, type Logger } from '../../src/observability/logger.ts';
import { lookAtLog } from './canaries.ts';

export interface LogLine {
  readonly level: number;
  readonly msg: string;
  readonly code?: string;
}

/** A log that a test reads. */
export interface CapturedLog {
  readonly log: Logger;
  readonly lines: readonly LogLine[];
  /** Resolves with the first line with this code, also with one that is there already. */
  lineWith(code: string): Promise<LogLine>;
}

export function createCapturedLog(): CapturedLog {
  const lines: LogLine[] = [];
  const watchers = new Set<(line: LogLine) => void>();
  const sink = new Writable({
    write(chunk, _encoding, done) {
      lookAtLog(String(chunk));
      const line = JSON.parse(String(chunk)) as LogLine;
      lines.push(line);
      for (const watch of watchers) watch(line);
      done();
    },
  });
  return {
    log: pino({ level: 'trace', redact: LOG_REDACTION }, sink),
    lines,
    lineWith: (code) =>
      new Promise((resolve) => {
        const watch = (line: LogLine) => {
          if (line.code === code) resolve(line);
        };
        lines.forEach(watch);
        watchers.add(watch);
      }),
  };
}
