import type { Kysely } from 'kysely';
import { createNodeSqliteDialect } from '../lib/sql/node-sqlite-dialect.ts';
import { openTables } from '../lib/sql/open-tables.ts';
import { apiKeyMigration } from './migrations/0001-api-key.ts';
import type { Tables } from './tables.ts';

export type Database = Kysely<Tables>;

/** In the order in which they run; a migration that was released is never changed. */
const migrations = { '0001-api-key': apiKeyMigration };

/**
 * Opens the platform's tables and brings them up to date.
 *
 * @param file - the SQLite file, made when it is missing; `:memory:` for a table that lives with the process
 * @throws the error of SQLite or of the migration that failed; the file is closed then
 */
export async function openDatabase(file: string): Promise<Database> {
  return openTables<Tables>({ dialect: createNodeSqliteDialect(file), migrations });
}
