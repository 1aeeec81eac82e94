import { watch } from 'node:fs';
import { basename, dirname, resolve } from 'node:path';
import { loadYaml } from '../../config/load-yaml.ts';
import { supergraphConfig } from '../../config/supergraph-config.ts';
import { namedFiles } from './read-files.ts';

/** Editors write a file in several steps, and people save several files at once; the last one counts. */
const DEBOUNCE_MS = 150;

/**
 * Calls back after each change of a `supergraph.yaml` or of an SDL file that it names.
 *
 * Folders are watched, not files: editors put a new file in the old one's place, and a watch stays with the old.
 *
 * @returns stops watching
 */
export function watchSupergraphFiles(
  configFile: string,
  onChange: () => void,
  onError: (error: unknown) => void,
): () => void {
  let timer: NodeJS.Timeout | undefined;
  let stopFolders = (): void => {};
  const changed = (): void => {
    clearTimeout(timer);
    timer = setTimeout(() => {
      // The yaml may name other files by now.
      start();
      onChange();
    }, DEBOUNCE_MS);
  };
  const start = (): void => {
    stopFolders();
    const watchers = [...groupByFolder(filesOf(configFile))].map(([folder, names]) => {
      const watcher = watch(folder, (_event, name) => {
        if (name !== null && names.has(name)) changed();
      });
      return watcher.on('error', onError);
    });
    stopFolders = () => {
      for (const watcher of watchers) watcher.close();
    };
  };
  start();
  return () => {
    clearTimeout(timer);
    stopFolders();
  };
}

/** The yaml and what it names; the yaml alone while it cannot be read. */
function filesOf(configFile: string): string[] {
  const yaml = resolve(configFile);
  try {
    const named = namedFiles(loadYaml(configFile, supergraphConfig));
    return [yaml, ...named.map((file) => resolve(dirname(yaml), file))];
  } catch {
    return [yaml];
  }
}

function groupByFolder(files: readonly string[]): ReadonlyMap<string, ReadonlySet<string>> {
  const folders = new Map<string, Set<string>>();
  for (const file of files) {
    const names = folders.get(dirname(file)) ?? new Set();
    folders.set(dirname(file), names.add(basename(file)));
  }
  return folders;
}
