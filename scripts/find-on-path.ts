import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

/**
 * Finds a program by its names, in the order of the folders.
 *
 * @param folders - those of PATH by default
 * @returns its path, or undefined when none of the folders has it
 */
export function findOnPath(
  names: readonly string[],
  folders: readonly string[] = (process.env.PATH ?? '').split(delimiter),
): string | undefined {
  for (const folder of folders) {
    for (const name of names) {
      const file = join(folder, name);
      try {
        accessSync(file, constants.X_OK);
        return file;
      } catch {
        // Not here; look on.
      }
    }
  }
  return undefined;
}
