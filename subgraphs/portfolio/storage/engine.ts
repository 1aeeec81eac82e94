import { join } from 'node:path';
import type { Dialect } from 'kysely';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import { createPostgresDialect, POSTGRES_SCHEMA } from './postgres-dialect.ts';

/** Where the tables are. */
export interface Engine {
  readonly dialect: Dialect;
  /** The schema of PostgreSQL that they stand in. */
  readonly schema?: string;
  /** Whether other processes may use the same tables. */
  readonly isShared: boolean;
}

/**
 * Chooses the engine: PostgreSQL where there is an address of one, else a SQLite file in the state directory.
 *
 * @param databaseUrl - `postgresql://user:password@host:port/database`
 */
export function chooseEngine(databaseUrl: string | undefined, stateDir: string): Engine {
  return databaseUrl === undefined
    ? { dialect: createNodeSqliteDialect(join(stateDir, 'portfolio.sqlite')), isShared: false }
    : { dialect: createPostgresDialect(databaseUrl), schema: POSTGRES_SCHEMA, isShared: true };
}
