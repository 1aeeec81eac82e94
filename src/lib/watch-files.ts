import { existsSync, watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';

/** Editors write a file in several steps, and people save several files at once; the last one counts. */
const DEBOUNCE_MS = 100;

/**
 * Calls back a moment after files have changed, also when they are replaced. A file whose folder does not exist is not
 * watched.
 *
 * Folders are watched, not files: editors put a new file in the old one's place, and a watch stays with the old.
 *
 * @returns stops watching
 */
export function watchFiles(
  files: readonly string[],
  onChange: () => void,
  onError: (error: Error) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  const paths = new Set(files.map((file) => resolve(file)));
  const folders = Map.groupBy(paths, (path) => dirname(path));
  const watchers = [...folders].flatMap(([folder, inFolder]) => {
    if (!existsSync(folder)) return [];
    const names = new Set(inFolder.map((path) => basename(path)));
    const watcher = watch(folder, (_event, changed) => {
      if (changed === null || !names.has(changed)) return;
      clearTimeout(timer);
      timer = setTimeout(onChange, DEBOUNCE_MS);
    });
    return [watcher.on('error', onError)];
  });
  return () => {
    clearTimeout(timer);
    for (const watcher of watchers) watcher.close();
  };
}
