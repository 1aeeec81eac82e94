import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { composeSources } from '../../../src/control/composition/compose-sources.ts';
import { CompositionError, composeSupergraph } from '../../../src/control/composition/compose-supergraph.ts';
import { createCompositionCache } from '../../../src/control/composition/composition-cache.ts';
import type { CompositionRemark } from '../../../src/control/composition/composition-outcome.ts';
import { ConfigError } from '../../../src/errors/errors.ts';
import { createTemporaryFolder, type TemporaryFolder } from '../../kit/temporary-folder.ts';

const LINK =
  'extend schema @link(url: "https://specs.apollo.dev/federation/v2.9", import: ["@key", "@shareable"])';
const rootFolder = fileURLToPath(new URL('../../../', import.meta.url));

/** Writes a supergraph.yaml with one SDL file for each subgraph; the link stands on line 1. */
function writeSupergraph(
  folder: TemporaryFolder,
  schemas: Record<string, string>,
  federationVersion = '=2.9.0',
): string {
  const entries = Object.entries(schemas).map(([name, sdl]) => {
    folder.write(`${name}.graphql`, `${LINK}\n${sdl}\n`);
    return `  ${name}: { routing_url: "http://127.0.0.1:1/${name}", schema: { file: ./${name}.graphql } }`;
  });
  return folder.write(
    'supergraph.yaml',
    `federation_version: ${federationVersion}\nsubgraphs:\n${entries.join('\n')}\n`,
  );
}

async function faultsOf(schemas: Record<string, string>): Promise<readonly CompositionRemark[]> {
  using folder = createTemporaryFolder();
  const error = await composeSupergraph(writeSupergraph(folder, schemas)).then(
    () => assert.fail('composed'),
    (failure: unknown) => failure,
  );
  assert.ok(error instanceof CompositionError, String(error));
  assert.equal(error.code, 'COMPOSITION_FAILED');
  for (const { code } of error.faults) assert.match(error.message, new RegExp(code));
  return error.faults;
}

function endsAt(fault: CompositionRemark | undefined, subgraph: string, end: string): void {
  const place = fault?.places.find((candidate) => candidate.subgraph === subgraph);
  assert.ok(place?.location?.endsWith(end), `${subgraph} at ${end}: ${JSON.stringify(fault)}`);
}

test('the committed supergraph is what supergraph.yaml composes to, without hints', async () => {
  const composed = await composeSupergraph(`${rootFolder}supergraph.yaml`);
  assert.equal(composed.supergraphSdl, readFileSync(`${rootFolder}schema/supergraph.graphql`, 'utf8'));
  assert.deepEqual(composed.hints, []);
});

test('a conflict of types names both subgraphs, the coordinate, the places and the code', async () => {
  const faults = await faultsOf({
    a: 'type Query { t: T }\ntype T @key(fields: "id") {\n  id: ID!\n  x: Int @shareable\n}',
    b: 'type T @key(fields: "id") {\n  id: ID!\n  x: String @shareable\n}',
  });
  const [fault] = faults;
  assert.equal(fault?.code, 'FIELD_TYPE_MISMATCH');
  assert.equal(fault?.coordinate, 'T.x');
  endsAt(fault, 'a', 'a.graphql:5:3');
  endsAt(fault, 'b', 'b.graphql:4:3');
});

test('a fault inside one subgraph names it and its line, beside the faults of the others', async () => {
  const faults = await faultsOf({
    a: 'type Query { t: T }\ntype T @key(fields: "idd") { id: ID! }',
    b: 'type T @key(fields: "id") {\n  id: ID!\n  y: Strin\n}',
  });
  assert.deepEqual(faults.map(({ code }) => code).sort(), ['INVALID_GRAPHQL', 'KEY_INVALID_FIELDS']);
  const key = faults.find(({ code }) => code === 'KEY_INVALID_FIELDS');
  assert.equal(key?.coordinate, 'T');
  endsAt(key, 'a', 'a.graphql:3:8');
  const type = faults.find(({ code }) => code === 'INVALID_GRAPHQL');
  assert.equal(type?.places[0]?.subgraph, 'b');
  assert.match(type?.message ?? '', /Strin/);
});

test('a query that no subgraph can answer names the coordinate and the subgraphs', async () => {
  const [fault] = await faultsOf({
    a: 'type Query { t: T }\ntype T @key(fields: "id") { id: ID! }',
    b: 'type T { id: ID! @shareable y: String }',
  });
  assert.equal(fault?.code, 'SATISFIABILITY_ERROR');
  assert.equal(fault?.coordinate, 'T.y');
  assert.deepEqual(
    fault?.places.map(({ subgraph }) => subgraph),
    ['a', 'b'],
  );
});

test('syntax errors of all files are told at once with file, line and column', async () => {
  const faults = await faultsOf({ a: 'type Query { t: }', b: 'type T @key(fields: "id") {\n  id ID!\n}' });
  assert.deepEqual(
    faults.map(({ code }) => code),
    ['INVALID_GRAPHQL', 'INVALID_GRAPHQL'],
  );
  endsAt(faults[0], 'a', 'a.graphql:2:17');
  endsAt(faults[1], 'b', 'b.graphql:3:6');
});

test('a missing SDL file is named with the key that asks for it', async () => {
  using folder = createTemporaryFolder();
  const file = folder.write(
    'supergraph.yaml',
    'subgraphs: { a: { routing_url: "http://127.0.0.1:1/", schema: { file: ./gone.graphql } } }',
  );
  await assert.rejects(composeSupergraph(file), (error: unknown) => {
    assert.ok(error instanceof ConfigError);
    assert.equal(error.code, 'CONFIG_NOT_FOUND');
    assert.match(error.message, /subgraphs\.a\.schema\.file: there is no file .*gone\.graphql/);
    return true;
  });
});

test('a file without routing_url is refused by its path', async () => {
  using folder = createTemporaryFolder();
  folder.write('a.graphql', 'type Query { a: Int }');
  const file = folder.write('supergraph.yaml', 'subgraphs: { a: { schema: { file: ./a.graphql } } }');
  await assert.rejects(composeSupergraph(file), {
    code: 'CONFIG_INVALID_VALUE',
    message: /subgraphs\.a\.routing_url/,
  });
});

test('a subgraph that links a newer federation than the pinned one is refused', async () => {
  using folder = createTemporaryFolder();
  const file = writeSupergraph(folder, { a: 'type Query { a: Int }' }, '=2.5.0');
  await assert.rejects(composeSupergraph(file), {
    message: /UNKNOWN_FEDERATION_LINK_VERSION \(a .*a\.graphql:1\)/,
  });
});

test('a running subgraph is asked for its SDL, and one that is away is named', async () => {
  let asked = '';
  const server = createServer((request, response) => {
    request.setEncoding('utf8').on('data', (text) => {
      asked += text;
    });
    request.on('end', () =>
      response.end(JSON.stringify({ data: { _service: { sdl: `${LINK}\ntype Query { told: Int }` } } })),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`;
  using folder = createTemporaryFolder();
  const file = folder.write('supergraph.yaml', `subgraphs: { a: { schema: { subgraph_url: "${url}" } } }`);
  const { supergraphSdl } = await composeSupergraph(file);
  assert.match(supergraphSdl, /told: Int/);
  assert.match(asked, /_service/);
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
  await assert.rejects(composeSupergraph(file), {
    code: 'SUBGRAPH_UNAVAILABLE',
    message: /a: http.* ECONNREFUSED/,
  });
});

test('an unchanged input is not composed again, a changed one is', async () => {
  using folder = createTemporaryFolder();
  const known = new Map<string, unknown>();
  const disk = createCompositionCache(`${folder.path}/composition`);
  const counted = {
    get: (key: string) => disk.get(key),
    set: (key: string, outcome: Parameters<typeof disk.set>[1]) => {
      known.set(key, outcome);
      disk.set(key, outcome);
    },
  };
  const file = writeSupergraph(folder, { a: 'type Query { a: Int }' });
  const first = await composeSupergraph(file, { cache: counted });
  const second = await composeSupergraph(file, { cache: counted });
  assert.equal(known.size, 1);
  assert.deepEqual(second, first);
  folder.write('a.graphql', `${LINK}\ntype Query { b: Int }`);
  const third = await composeSupergraph(file, { cache: counted });
  assert.equal(known.size, 2);
  assert.match(third.supergraphSdl, /b: Int/);
});

test('a composition that takes too long is killed and says so', async () => {
  await assert.rejects(composeSources([], { timeoutMs: 1 }), {
    code: 'COMPOSITION_FAILED',
    message: /no result after/,
  });
});
