import { existsSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Editors write a file in several steps; the last one counts. */
const DEBOUNCE_MS = 100;

/**
 * Calls back a moment after each change of a file, also when it is replaced. The folder must exist; else nothing is
 * watched.
 *
 * @returns stops watching
 */
export function watchFile(file: string, onChange: () => void, onError: (error: Error) => void): () => void {
  const folder = dirname(resolve(file));
  if (!existsSync(folder)) return () => {};
  let timer: NodeJS.Timeout | undefined;
  // The folder, not the file: editors put a new file in the old one's place, and a watch stays with the old.
  const watcher = watch(folder, (_event, changed) => {
    if (changed !== basename(file)) return;
    clearTimeout(timer);
    timer = setTimeout(onChange, DEBOUNCE_MS);
  });
  watcher.on('error', onError);
  return () => {
    clearTimeout(timer);
    watcher.close();
  };
}
