import type { Kysely } from 'kysely';
import { type OpenTablesOptions, openTables } from '../../../src/lib/sql/open-tables.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The tables of this subgraph; a transaction is one too. */
export type Database = Kysely<Tables>;

/**
 * Opens the tables and brings them to the newest form; of several processes that start at once one does it.
 *
 * @throws when a migration fails; what it had done is rolled back
 */
export async function openDatabase(options: Omit<OpenTablesOptions, 'migrations'>): Promise<Database> {
  try {
    return await openTables<Tables>({ ...options, migrations });
  } catch (cause) {
    throw new Error('The tables of the portfolio subgraph could not be brought up to date.', { cause });
  }
}
