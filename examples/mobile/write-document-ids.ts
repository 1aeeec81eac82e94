import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { parse } from 'graphql';
import { readManifest } from '../../src/control/documents/read-manifest.ts';

/**
 * The ids of the operations in `operations/`, as `tributary operations publish` gives them, as a module of constants:
 * all that a release of the app holds of them.
 */
export function renderDocumentIds(): string {
  const lines = readManifest(join(import.meta.dirname, 'operations')).map(({ id, text }) => {
    const [operation] = parse(text).definitions;
    const name = operation !== undefined && 'name' in operation ? operation.name?.value : undefined;
    return `  ${name}: '${id}',\n`;
  });
  return `/** Written by \`npm run example:mobile:generate\`: SHA-256 of each operation in \`operations/\`. */\nexport const DOCUMENT_IDS = {\n${lines.join('')}} as const;\n`;
}

if (import.meta.main) writeFileSync(join(import.meta.dirname, 'document-ids.ts'), renderDocumentIds());
