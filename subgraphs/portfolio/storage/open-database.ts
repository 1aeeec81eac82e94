import { Kysely } from 'kysely';
import { Migrator } from 'kysely/migration';
import type { Engine } from '../../shared/storage/engine.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The tables of this subgraph; a transaction is one too. */
export type Database = Kysely<Tables>;

export interface OpenDatabaseOptions extends Pick<Engine, 'dialect' | 'schema'> {
  /** Hears each statement, for logs and for tests that count. */
  readonly onQuery?: ((sql: string) => void) | undefined;
}

/**
 * Opens the tables and brings them to the newest form; of several processes that start at once one does it.
 *
 * @throws when a migration fails; what it had done is rolled back
 */
export async function openDatabase({ dialect, schema, onQuery }: OpenDatabaseOptions): Promise<Database> {
  const database: Database = new Kysely<Tables>({
    dialect,
    log: ({ level, query }) => {
      if (level === 'query') onQuery?.(query.sql);
    },
  });
  const { error } = await new Migrator({
    db: database,
    provider: migrations,
    ...(schema === undefined ? {} : { migrationTableSchema: schema }),
  }).migrateToLatest();
  if (error !== undefined) {
    await database.destroy();
    throw new Error('The tables of the portfolio subgraph could not be brought up to date.', {
      cause: error,
    });
  }
  return database;
}
