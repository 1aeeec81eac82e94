import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';

/** Packages that compare by `instanceof` or keep state for the whole process: a second copy breaks them. */
const ONLY_ONCE = ['graphql', '@apollo/federation-internals', '@opentelemetry/api'] as const;

/** Says which of these packages lie more than once in `node_modules`; empty when none does. */
export function findCopies(root: string): readonly string[] {
  const folders = nodeModules(root);
  return ONLY_ONCE.flatMap((name) => {
    const copies = folders
      .map((folder) => join(folder, name))
      .filter((path) => existsSync(join(path, 'package.json')));
    return copies.length > 1 ? [`${name} is installed ${copies.length} times: ${copies.join(', ')}`] : [];
  });
}

/** Every `node_modules` folder below a package, nested ones included. */
function nodeModules(packageFolder: string): string[] {
  const folder = join(packageFolder, 'node_modules');
  if (!existsSync(folder)) return [];
  const packages = readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !entry.name.startsWith('.'))
    .flatMap(({ name }) =>
      name.startsWith('@') ? readdirSync(join(folder, name)).map((inner) => join(name, inner)) : [name],
    );
  return [folder, ...packages.flatMap((name) => nodeModules(join(folder, name)))];
}
