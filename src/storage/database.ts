import { DatabaseSync } from 'node:sqlite';
import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import { apiKeyMigration } from './migrations/0001-api-key.ts';
import { createNodeSqliteDialect } from './node-sqlite-dialect.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** In the order in which they run; a migration that was released is never changed. */
const MIGRATIONS = { '0001-api-key': apiKeyMigration };
const BUSY_TIMEOUT_MS = 2_000;

/**
 * Opens the platform's tables and brings them up to date.
 *
 * @param file - the SQLite file, made when it is missing; `:memory:` for a table that lives with the process
 * @throws the error of SQLite or of the migration that failed; the file is closed then
 */
export async function openDatabase(file: string): Promise<Database> {
  const sqlite = new DatabaseSync(file, { timeout: BUSY_TIMEOUT_MS });
  const database = new Kysely<Tables>({ dialect: createNodeSqliteDialect(sqlite) });
  try {
    // Readers do not wait for the writer, and a crash loses nothing that was committed.
    sqlite.exec('PRAGMA journal_mode = WAL');
    const migrator = new Migrator({ db: database, provider: { getMigrations: async () => MIGRATIONS } });
    const { error } = await migrator.migrateToLatest();
    if (error !== undefined) throw error;
    return database;
  } catch (error) {
    sqlite.close();
    throw error;
  }
}
