import { DatabaseSync, type SQLInputValue } from 'node:sqlite';
import { type Dialect, type SqliteDatabase, SqliteDialect } from 'kysely';

const BUSY_TIMEOUT_MS = 5000;

/**
 * Kysely over Node's own SQLite: the shape of a driver that Kysely's SQLite dialect asks for, around
 * `DatabaseSync`. Kysely itself lets one operation at a time use the one connection.
 *
 * @param file - a path, or `:memory:`
 */
export function createNodeSqliteDialect(file: string): Dialect {
  const database = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS, enableForeignKeyConstraints: true });
  // Readers of another process do not block the writer; a commit survives the end of the process.
  database.exec('pragma journal_mode = wal; pragma synchronous = normal;');
  return new SqliteDialect({ database: asKyselyDatabase(database) });
}

function asKyselyDatabase(database: DatabaseSync): SqliteDatabase {
  return {
    close: () => database.close(),
    prepare(text) {
      const statement = database.prepare(text);
      const values = (parameters: readonly unknown[]) => parameters as readonly SQLInputValue[];
      return {
        reader: statement.columns().length > 0,
        all: (parameters) => statement.all(...values(parameters)),
        run: (parameters) => statement.run(...values(parameters)),
        iterate: (parameters) => statement.iterate(...values(parameters)),
      };
    },
  };
}
