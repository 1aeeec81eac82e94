import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join, relative, sep } from 'node:path';

/** One import of a file of the project by another. */
export interface Import {
  /** Paths relative to the root, with `/`. */
  readonly from: string;
  readonly to: string;
  readonly isTypeOnly: boolean;
}

const FOLDERS_TO_SKIP: ReadonlySet<string> = new Set(['node_modules', 'recordings', 'demo']);
const SOURCE = /\.(ts|js|mjs)$/;
/** Static imports and re-exports (1: `type`, 2: what, 3: from where), and dynamic imports (4). */
const IMPORT =
  /^[ \t]*(?:import|export)\b(?:[ \t]+(type)\b(?!\s+from\b))?([^'";]*?\bfrom\s*|\s*)'(\.[^']+)'|\bimport\(\s*'(\.[^']+)'/gm;

/** Reads all imports between the source files of some folders. Imports of packages are left out. */
export function readImports(root: string, folders: readonly string[]): readonly Import[] {
  return folders
    .flatMap((folder) => sourceFiles(join(root, folder)))
    .flatMap((file) => importsOf(readFileSync(file, 'utf8'), toPath(root, file)));
}

/** The imports that stand in one file's text. @param from - the file's path relative to the root */
export function importsOf(text: string, from: string): readonly Import[] {
  const code = text.replace(/^\s*(?:\/\/.*|\/?\*.*)$/gm, '');
  return [...code.matchAll(IMPORT)].map(([, type, , fixed, dynamic]) => ({
    from,
    to: join(dirname(from), (fixed ?? dynamic) as string).replaceAll(sep, '/'),
    isTypeOnly: type !== undefined,
  }));
}

function sourceFiles(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) return FOLDERS_TO_SKIP.has(entry.name) ? [] : sourceFiles(path);
    return SOURCE.test(entry.name) ? [path] : [];
  });
}

function toPath(root: string, file: string): string {
  return relative(root, file).replaceAll(sep, '/');
}
