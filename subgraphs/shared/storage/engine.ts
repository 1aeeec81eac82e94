import { join } from 'node:path';
import type { Dialect } from 'kysely';
import type { SubgraphSettings } from '../settings.ts';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import { createPostgresDialect } from './postgres-dialect.ts';

/** Where the tables are. */
export interface Engine {
  readonly dialect: Dialect;
  /** The schema of PostgreSQL that they stand in. */
  readonly schema?: string;
  /** Whether other processes may use the same tables. */
  readonly isShared: boolean;
}

/**
 * Chooses the engine of a subgraph's tables: PostgreSQL where there is an address of one, in a schema of the
 * subgraph's name, else a SQLite file of that name in the state directory.
 */
export function chooseEngine(
  subgraph: string,
  { databaseUrl, stateDir }: Pick<SubgraphSettings, 'databaseUrl' | 'stateDir'>,
): Engine {
  return databaseUrl === undefined
    ? { dialect: createNodeSqliteDialect(join(stateDir, `${subgraph}.sqlite`)), isShared: false }
    : { dialect: createPostgresDialect(databaseUrl, subgraph), schema: subgraph, isShared: true };
}
