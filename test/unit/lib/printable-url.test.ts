import assert from 'node:assert/strict';
import { test } from 'node:test';
import { printableUrl } from '../../../src/lib/printable-url.ts';

test('user, password, query and fragment of an address are not shown', () => {
  const shown = {
    'http://127.0.0.1:4201/graphql': 'http://127.0.0.1:4201/graphql',
    'https://user:secret@host.test/a/b?key=secret#secret': 'https://host.test/a/b',
    'https://user:sec@ret@host.test/a': 'https://host.test/a',
    'internal:gateway': 'internal:gateway',
    'https://host.test/a@b': 'https://host.test/a@b',
    '//user:secret@host': '//host',
    'no address ?secret': 'no address ',
    '': '',
  };
  for (const [url, expected] of Object.entries(shown)) assert.equal(printableUrl(url), expected);
});
