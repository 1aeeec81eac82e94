import { readFileSync, writeFileSync } from 'node:fs';
import { CODES } from '../src/errors/codes.ts';

/** Writes the table of `docs/errors.md` from the registry; the text above it stays. */
const file = new URL('../docs/errors.md', import.meta.url);
const heading = '| code | family | status | message | what to do |\n|---|---|---|---|---|\n';
const [introduction] = readFileSync(file, 'utf8').split('| code |');
const rows = Object.entries(CODES).map(
  ([code, { family, status, message, help }]) =>
    `| \`${code}\` | ${family} | ${status} | ${message} | ${help} |`,
);
writeFileSync(file, `${introduction}${heading}${rows.join('\n')}\n`);
