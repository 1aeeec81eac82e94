import { Kysely } from 'kysely';
import { type Migration, Migrator } from 'kysely/migration';
import type { SqlEngine } from './sql-engine.ts';

export interface OpenTablesOptions extends Pick<SqlEngine, 'dialect' | 'schema'> {
  /** By name; they run in the order of their names, and one that was released never changes. */
  readonly migrations: Readonly<Record<string, Migration>>;
  /** Hears each statement, for logs and for tests that count. */
  readonly onQuery?: ((sql: string) => void) | undefined;
}

/**
 * Opens tables and brings them to their newest form; of several processes that start at once one does it.
 *
 * @throws the error of the database, or of the migration that failed; the connection is closed then
 */
export async function openTables<Tables>({
  dialect,
  schema,
  migrations,
  onQuery,
}: OpenTablesOptions): Promise<Kysely<Tables>> {
  const database = new Kysely<Tables>({
    dialect,
    log: ({ level, query }) => {
      if (level === 'query') onQuery?.(query.sql);
    },
  });
  const { error } = await new Migrator({
    db: database,
    provider: { getMigrations: async () => ({ ...migrations }) },
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  }).migrateToLatest();
  if (error === undefined) return database;
  await database.destroy();
  throw error;
}
