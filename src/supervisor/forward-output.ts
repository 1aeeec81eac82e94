import type { ChildProcess } from 'node:child_process';
import { createRequire } from 'node:module';

/** How the standard output of children reaches the person. */
export interface ForwardOutput {
  readonly stdio: 'inherit' | 'pipe';
  attach(child: ChildProcess): void;
}

/**
 * Children write JSON lines. On a terminal they go through one printer that makes them readable; elsewhere they are
 * handed on as they are, without passing through this process.
 */
export function createForwardOutput({ pretty }: { readonly pretty: boolean }): ForwardOutput {
  if (!pretty) return { stdio: 'inherit', attach() {} };
  // Loaded for a terminal alone.
  const pinoPretty = createRequire(import.meta.url)('pino-pretty') as typeof import('pino-pretty');
  const printer = pinoPretty({
    ignore: 'pid,hostname',
    translateTime: 'HH:MM:ss.l',
    singleLine: true,
    sync: true,
  });
  return {
    stdio: 'pipe',
    attach(child) {
      child.stdout?.pipe(printer, { end: false });
    },
  };
}
