import type { Kysely } from 'kysely';
import { describeSqlError } from '../../src/lib/sql/describe-sql-error.ts';
import { type OpenTablesOptions, openTables } from '../../src/lib/sql/open-tables.ts';
import { SettingsError } from './settings.ts';

/**
 * Opens the tables of a subgraph and brings them to the newest form; of several processes that start at once one does it.
 *
 * @throws SettingsError when the PostgreSQL of DATABASE_URL does not take it, else an Error, both with what the database
 *   said; what a migration had done is rolled back
 */
export async function openSubgraphTables<Tables>(
  subgraph: string,
  options: OpenTablesOptions,
): Promise<Kysely<Tables>> {
  try {
    return await openTables<Tables>(options);
  } catch (cause) {
    const message = `The tables of the ${subgraph} subgraph could not be brought up to date: ${describeSqlError(cause)}.`;
    throw options.schema === undefined
      ? new Error(message, { cause })
      : new SettingsError(`DATABASE_URL: ${message}`, { cause });
  }
}
