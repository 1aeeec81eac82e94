import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { readManifest } from '../../../../src/control/documents/read-manifest.ts';
import { ConfigError } from '../../../../src/errors/errors.ts';
import { createTemporaryFolder } from '../../../kit/temporary-folder.ts';

const EXPECTED = [
  { id: 'a', text: '{ a }' },
  { id: 'b', text: '{ b }' },
];

const FORMATS: Readonly<Record<string, unknown>> = {
  "Apollo's manifest": {
    format: 'apollo-persisted-query-manifest',
    version: 1,
    operations: [
      { id: 'a', name: 'A', type: 'query', body: '{ a }' },
      { id: 'b', name: 'B', type: 'query', body: '{ b }' },
    ],
  },
  'a map from id to document': { a: '{ a }', b: '{ b }' },
  'a list of pairs': [
    ['a', '{ a }'],
    ['b', '{ b }'],
  ],
  'a list of objects': EXPECTED,
};

for (const [name, content] of Object.entries(FORMATS)) {
  test(`reads ${name}`, () => {
    using folder = createTemporaryFolder();
    const file = join(folder.path, 'manifest.json');
    writeFileSync(file, JSON.stringify(content));
    assert.deepEqual(readManifest(file), EXPECTED);
  });
}

test('reads a folder: each operation with the fragments that it uses, from whatever file', () => {
  using folder = createTemporaryFolder();
  mkdirSync(join(folder.path, 'parts'));
  writeFileSync(join(folder.path, 'one.graphql'), 'query One { a ...Part }\nquery Two { b }');
  writeFileSync(
    join(folder.path, 'parts/part.gql'),
    'fragment Part on Query { c }\nfragment Unused on Query { d }',
  );
  writeFileSync(join(folder.path, 'README.md'), 'no GraphQL');
  const entries = readManifest(folder.path);
  assert.deepEqual(
    entries.map(({ text }) => text),
    ['query One {\n  a\n  ...Part\n}\n\nfragment Part on Query {\n  c\n}', 'query Two {\n  b\n}'],
  );
  for (const { id, text } of entries) assert.equal(id, createHash('sha256').update(text).digest('hex'));
});

const BAD: Readonly<Record<string, readonly [string, string, RegExp]>> = {
  'no JSON': ['manifest.json', '{ a', /CONFIG_SYNTAX.*manifest\.json/s],
  'another form': ['manifest.json', '{"a": 1}', /CONFIG_INVALID_VALUE.*expected a manifest/s],
  'an empty manifest': ['manifest.json', '{}', /CONFIG_INVALID_VALUE.*no operation/s],
  'bad syntax': ['one.graphql', 'query {', /CONFIG_SYNTAX.*one\.graphql.*line 1/s],
  'an operation without a name': ['one.graphql', '{ a }', /CONFIG_INVALID_VALUE.*needs a name/s],
  'two operations of one name': [
    'one.graphql',
    'query A { a } query A { b }',
    /CONFIG_INVALID_VALUE.*called A/s,
  ],
};

for (const [name, [file, content, expected]] of Object.entries(BAD)) {
  test(`refuses ${name}`, () => {
    using folder = createTemporaryFolder();
    writeFileSync(join(folder.path, file), content);
    const path = file.endsWith('.json') ? join(folder.path, file) : folder.path;
    assert.throws(
      () => readManifest(path),
      (error) => error instanceof ConfigError && expected.test(`${error.code} ${error.message}`),
    );
  });
}

test('a path that is not there is told as such', () => {
  assert.throws(
    () => readManifest('/nowhere/manifest.json'),
    (error) => error instanceof ConfigError && error.code === 'CONFIG_NOT_FOUND',
  );
});
