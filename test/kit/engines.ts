import { after } from 'node:test';
import { chooseEngine, type Engine } from '../../subgraphs/shared/storage/engine.ts';
import { createNodeSqliteDialect } from '../../subgraphs/shared/storage/node-sqlite-dialect.ts';
import { startPostgres } from './postgres.ts';

/** A database engine under test. */
export interface TestEngine {
  readonly name: 'SQLite' | 'PostgreSQL';
  /** Empty tables that nobody else uses. */
  open(): Promise<Engine>;
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
        chooseEngine(subgraph, { databaseUrl: await postgres.createDatabase(), stateDir: '' }),
    },
  ];
}
