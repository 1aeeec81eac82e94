import { readFileSync } from 'node:fs';
import { ConfigError } from '../errors/errors.ts';

/** Reads a file that a command was given. @throws ConfigError CONFIG_NOT_FOUND */
export function readInputFile(file: string): string {
  try {
    return readFileSync(file, 'utf8');
  } catch (cause) {
    throw new ConfigError('CONFIG_NOT_FOUND', `There is no file ${file}, or it cannot be read.`, cause);
  }
}
