import pc from 'picocolors';
import { ConfigError, RequestError, RequestErrors } from '../errors/errors.ts';
import { AdminRefusal } from './admin-client.ts';
import { printable } from './printable.ts';

/**
 * Tells a person on standard error why a command failed: code and message of an expected failure (ours, or one of
 * the operating system), the whole stack of anything else.
 */
export function reportFailure(error: unknown): void {
  process.stderr.write(`${describeFailure(error)}\n`);
}

function describeFailure(error: unknown): string {
  if (error instanceof RequestErrors) return error.errors.map(describeFailure).join('\n');
  if (error instanceof ConfigError || error instanceof AdminRefusal || error instanceof RequestError)
    return `${pc.red(error.code)} ${printable(error.message)}${placeOf(error)}`;
  if (!(error instanceof Error)) return `${pc.red('UNEXPECTED')} ${String(error)}`;
  const { code, syscall } = error as NodeJS.ErrnoException;
  if (code !== undefined && syscall !== undefined) return `${pc.red('FAILED')} ${error.message}`;
  return `${pc.red('UNEXPECTED')} ${error.stack ?? error.message}`;
}

/** Where in a document the fault is. */
function placeOf(error: Error): string {
  const [location] = error instanceof RequestError ? (error.place.locations ?? []) : [];
  return location === undefined ? '' : pc.dim(` (line ${location.line}, column ${location.column})`);
}
