import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';
import { CODES } from '../../../src/errors/codes.ts';

const page = readFileSync(new URL('../../../docs/errors.md', import.meta.url), 'utf8');

test('docs/errors.md lists the codes of the registry, all of them and no others', () => {
  const rows = [...page.matchAll(/^\| `([A-Z_]+)` \| (\w+) \| (\d+) \| (.+?) \| (.+?) \|$/gm)];
  const listed = rows.map(([, code, family, status, message, help]) => ({
    code,
    family,
    status: Number(status),
    message,
    help,
  }));
  const registry = Object.entries(CODES).map(([code, definition]) => ({ code, ...definition }));
  assert.deepEqual(
    listed.map(({ code, family, status, message, help }) => ({ code, family, status, message, help })),
    registry.map(({ code, family, status, message, help }) => ({ code, family, status, message, help })),
  );
});
