import { DatabaseSync, type SQLInputValue, type StatementSync } from 'node:sqlite';
import { type Dialect, SqliteDialect } from 'kysely';

const BUSY_TIMEOUT_MS = 5_000;

/**
 * Kysely's dialect of SQLite over Node's own `node:sqlite`, which needs no native package: Kysely's driver speaks the
 * interface of better-sqlite3, and this adapts the one to the other. Kysely lets one operation at a time use the one
 * connection.
 *
 * @param file - a path, made when it is missing, or `:memory:` for tables that live with the process
 * @throws the error of SQLite when the file cannot be opened
 */
export function createNodeSqliteDialect(file: string): Dialect {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  // Readers do not wait for the writer; what was committed outlives the process and a loss of power.
  database.exec('pragma journal_mode = wal; pragma synchronous = full;');
  return new SqliteDialect({
    database: {
      close: () => database.close(),
      prepare: (text) => adaptStatement(database.prepare(text)),
    },
  });
}

function adaptStatement(statement: StatementSync) {
  const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
  return {
    // A statement that gives rows is one with result columns; `insert … returning` is one too.
    reader: statement.columns().length > 0,
    all: (parameters: readonly unknown[]) => statement.all(...values(parameters)),
    run: (parameters: readonly unknown[]) => statement.run(...values(parameters)),
    iterate: (parameters: readonly unknown[]) => statement.iterate(...values(parameters)),
  };
}
