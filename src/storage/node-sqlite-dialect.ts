import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import { type Dialect, SqliteDialect } from 'kysely';

/**
 * Kysely's dialect of SQLite over Node's own `node:sqlite`, which needs no native package.
 *
 * Kysely's driver speaks the interface of better-sqlite3; this adapts the one to the other.
 */
export function createNodeSqliteDialect(database: DatabaseSync): Dialect {
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (sql) => adaptStatement(database.prepare(sql)),
    },
  });
}

function adaptStatement(statement: StatementSync) {
  const values = (parameters: readonly unknown[]): SQLInputValue[] => [...parameters] as SQLInputValue[];
  return {
    // A statement that gives rows is one with result columns; `insert … returning` is one too.
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}
