import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { ConfigError } from '../errors/errors.ts';

/**
 * Makes sure that one primary at a time uses a state directory. The lock is the operating system's own, taken through
 * SQLite, since Node has no other way to it: it ends with the process, however that ends, and never goes stale.
 *
 * @param path - the state directory
 * @returns lets go of it
 * @throws ConfigError STATE_DIRECTORY_IN_USE naming the process that has it
 */
export function lockStateDirectory(path: string): () => void {
  const lock = new DatabaseSync(join(path, 'primary.lock'), { timeout: 0 });
  const holder = join(path, 'primary.pid');
  try {
    chmodSync(join(path, 'primary.lock'), 0o600);
    lock.exec('begin exclusive');
  } catch (cause) {
    lock.close();
    throw new ConfigError(
      'STATE_DIRECTORY_IN_USE',
      `Another platform (process ${readPid(holder)}) runs on the state directory ${path}.`,
      cause,
    );
  }
  // Beside the lock: to open the locked file a second time would end the lock of this process.
  writeFileSync(holder, `${process.pid}\n`, { mode: 0o600 });
  return () => lock.close();
}

function readPid(file: string): string {
  try {
    return readFileSync(file, 'utf8').trim();
  } catch {
    return 'unknown';
  }
}
