import { after } from 'node:test';
import { createNodeSqliteDialect } from '../../src/lib/sql/node-sqlite-dialect.ts';
import type { SqlEngine } from '../../src/lib/sql/sql-engine.ts';
import { chooseSubgraphEngine } from '../../subgraphs/shared/subgraph-engine.ts';
import { startPostgres } from './postgres.ts';

/** A database engine under test. */
export interface TestEngine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Empty tables that nobody else uses. */
  open(): Promise<SqlEngine>;
}

/** The engines that a subgraph's tables have to work on alike; PostgreSQL runs until the end of the test file. */
export async function startEngines(subgraph: string): Promise<readonly TestEngine[]> {
  const postgres = await startPostgres();
  after(() => postgres[Symbol.asyncDispose]());
  return [
    {
      name: 'SQLite',
      open: async () => ({ dialect: createNodeSqliteDialect(':memory:'), isShared: false }),
    },
    {
      name: 'PostgreSQL',
      open: async () =>
        chooseSubgraphEngine(subgraph, { databaseUrl: await postgres.createDatabase(), stateDir: '' }),
    },
  ];
}
