import assert from 'node:assert/strict';
import { join } from 'node:path';
import { test } from 'node:test';
import { defaultGatewaySettings } from '../../../src/config/gateway-settings.ts';
import { openRegistry } from '../../../src/control/registry/open-registry.ts';
import { readHead } from '../../../src/control/registry/version-store.ts';
import { openStateDirectory } from '../../../src/control/state-directory.ts';
import { openTrust } from '../../../src/control/trust.ts';
import { createNodeSqliteDialect } from '../../../src/lib/sql/node-sqlite-dialect.ts';
import { openDatabase } from '../../../src/storage/database.ts';
import { withRevision } from '../../../src/storage/revision.ts';
import { createCapturedLog } from '../../kit/captured-log.ts';
import { until } from '../../kit/processes.ts';
import { createTemporaryFolder } from '../../kit/temporary-folder.ts';

const SDL = 'type Query { price: Int }';
const CONFIG =
  'federation_version: =2.9.0\nsubgraphs: { price: { routing_url: "http://127.0.0.1:1/", schema: { file: ./price.graphql } } }\n';

test('under dev a change of a file is composed and served; one that does not compose is told, and the old one goes on', async () => {
  using folder = createTemporaryFolder();
  folder.write('price.graphql', SDL);
  const configFile = folder.write('supergraph.yaml', CONFIG);
  const database = await openDatabase({ dialect: createNodeSqliteDialect(':memory:') });
  const { log, lines } = createCapturedLog();
  const state = openStateDirectory(join(folder.path, 'state'));
  const registry = await openRegistry({
    database,
    change: withRevision(database),
    refresh: async () => {},
    configFile,
    mode: 'follow',
    composing: Promise.resolve(),
    state,
    trust: openTrust(state, {}),
    settings: defaultGatewaySettings,
    runningUrls: async () => ({}),
    log,
  });
  const stop = registry.follow();
  try {
    const first = await readHead(database);
    assert.deepEqual([first?.id, first?.kind], [1, 'files']);
    folder.write('price.graphql', 'type Query {');
    await until(() => lines.some(({ msg }) => msg.includes('the old supergraph is served')));
    const told = lines.find(({ msg }) => msg.includes('the old supergraph is served'))?.msg ?? '';
    assert.match(told, /INVALID_GRAPHQL.*price\.graphql:1:/);
    assert.equal((await readHead(database))?.id, 1);
    folder.write('price.graphql', 'type Query { price: Int volume: Int }');
    await until(async () => (await readHead(database))?.id === 2);
    const next = await readHead(database);
    assert.match(next?.supergraphSdl ?? '', /volume: Int/);
    assert.deepEqual(
      next?.changes.map(({ coordinate }) => coordinate),
      ['Query.volume'],
    );
  } finally {
    stop();
    await database.destroy();
  }
});
