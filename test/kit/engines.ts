import { join } from 'node:path';
import { after } from 'node:test';
import { createNodeSqliteDialect } from '../../src/lib/sql/node-sqlite-dialect.ts';
import type { SqlEngine } from '../../src/lib/sql/sql-engine.ts';
import { chooseSubgraphEngine } from '../../subgraphs/shared/subgraph-engine.ts';
import { startPostgres } from './postgres.ts';
import { createTemporaryFolder } from './temporary-folder.ts';

/** A database engine under test. */
export interface TestEngine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Empty tables that nobody else uses. */
  open(): Promise<SqlEngine>;
  /** The same for several: each call of what comes back opens one connection to the same tables. */
  openShared(): Promise<() => SqlEngine>;
}

/** The engines that a subgraph's tables have to work on alike; PostgreSQL runs until the end of the test file. */
export async function startEngines(subgraph: string): Promise<readonly TestEngine[]> {
  const postgres = await startPostgres();
  after(() => postgres[Symbol.asyncDispose]());
  const folder = createTemporaryFolder();
  after(() => folder[Symbol.dispose]());
  const openPostgres = async () => {
    const databaseUrl = await postgres.createDatabase();
    return () => chooseSubgraphEngine(subgraph, { databaseUrl, stateDir: '' });
  };
  let files = 0;
  return [
    {
      name: 'SQLite',
      open: async () => ({ dialect: createNodeSqliteDialect(':memory:'), isShared: false }),
      async openShared() {
        files += 1;
        const file = join(folder.path, `${files}.sqlite`);
        return () => ({ dialect: createNodeSqliteDialect(file), isShared: false });
      },
    },
    {
      name: 'PostgreSQL',
      open: async () => (await openPostgres())(),
      openShared: openPostgres,
    },
  ];
}
