import { dirname, resolve } from 'node:path';
import { loadYaml } from '../../config/load-yaml.ts';
import { supergraphConfig } from '../../config/supergraph-config.ts';
import { watchFiles } from '../../lib/watch-files.ts';
import { namedFiles } from './read-files.ts';

/**
 * Calls back after each change of a `supergraph.yaml` or of an SDL file that it names.
 *
 * @returns stops watching
 */
export function watchSupergraphFiles(
  configFile: string,
  onChange: () => void,
  onError: (error: unknown) => void,
): () => void {
  let stop = (): void => {};
  const start = (): void => {
    stop();
    stop = watchFiles(
      filesOf(configFile),
      () => {
        // The yaml may name other files by now.
        start();
        onChange();
      },
      onError,
    );
  };
  start();
  return () => stop();
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
