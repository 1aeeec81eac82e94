import { randomBytes } from 'node:crypto';
import { renameSync, rmSync, writeFileSync } from 'node:fs';

/**
 * Writes a file so that a reader sees the old text or the new one, never half of it: a temporary file beside it,
 * then a rename.
 *
 * @param mode - the permission bits, such as 0o600 for secrets
 * @throws the error of the file system; the temporary file is gone then
 */
export function writeFileAtomic(file: string, text: string, mode = 0o644): void {
  const temporary = `${file}.${randomBytes(6).toString('hex')}.tmp`;
  try {
    writeFileSync(temporary, text, { mode, flag: 'wx' });
    renameSync(temporary, file);
  } catch (error) {
    rmSync(temporary, { force: true });
    throw error;
  }
}
