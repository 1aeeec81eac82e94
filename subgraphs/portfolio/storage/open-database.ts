import type { Kysely } from 'kysely';
import type { OpenTablesOptions } from '../../../src/lib/sql/open-tables.ts';
import { openSubgraphTables } from '../../shared/open-subgraph-tables.ts';
import { migrations } from './migrations.ts';
import type { Tables } from './tables.ts';

/** The tables of this subgraph; a transaction is one too. */
export type Database = Kysely<Tables>;

/** Opens the tables and brings them to the newest form. @throws what `openSubgraphTables` throws */
export async function openDatabase(options: Omit<OpenTablesOptions, 'migrations'>): Promise<Database> {
  return openSubgraphTables<Tables>('portfolio', { ...options, migrations });
}
