import type { Dialect } from 'kysely';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import { createPostgresDialect } from './postgres-dialect.ts';

/** Where tables are. */
export interface SqlEngine {
  readonly dialect: Dialect;
  /** The schema of PostgreSQL that they stand in. */
  readonly schema?: string;
  /** Whether other processes may use the same tables. */
  readonly isShared: boolean;
}

export interface SqlEngineOptions {
  /** The SQLite file, or `:memory:`. */
  readonly file: string;
  /** `postgresql://…`, which is used instead of the file. */
  readonly databaseUrl?: string | undefined;
  /** The schema of PostgreSQL. */
  readonly schema: string;
}

/**
 * Chooses the engine of tables: PostgreSQL where there is an address of one, else a SQLite file. Nothing of
 * PostgreSQL is connected to before the first statement.
 *
 * @throws the error of SQLite when its file cannot be opened
 */
export function chooseSqlEngine({ file, databaseUrl, schema }: SqlEngineOptions): SqlEngine {
  return databaseUrl === undefined
    ? { dialect: createNodeSqliteDialect(file), isShared: false }
    : { dialect: createPostgresDialect(databaseUrl, schema), schema, isShared: true };
}
