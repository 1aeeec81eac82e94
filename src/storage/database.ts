import type { Kysely } from 'kysely';
import { ConfigError } from '../errors/errors.ts';
import { describeSqlError } from '../lib/sql/describe-sql-error.ts';
import { openTables } from '../lib/sql/open-tables.ts';
import { chooseSqlEngine, type SqlEngine, type SqlEngineOptions } from '../lib/sql/sql-engine.ts';
import { apiKeyMigration } from './migrations/0001-api-key.ts';
import { revisionMigration } from './migrations/0002-revision.ts';
import { keySecretsMigration } from './migrations/0003-key-secrets.ts';
import { registryMigration } from './migrations/0004-registry.ts';
import { trustedDocumentMigration } from './migrations/0007-trusted-document.ts';
import { usageMigration } from './migrations/0008-usage.ts';
import { operationTrafficMigration } from './migrations/0009-operation-traffic.ts';
import type { Tables } from './tables.ts';

/** The tables of the control plane; a transaction is one too. */
export type Database = Kysely<Tables>;

/** In the order in which they run; a migration that was released is never changed. */
const migrations = {
  '0001-api-key': apiKeyMigration,
  '0002-revision': revisionMigration,
  '0003-key-secrets': keySecretsMigration,
  '0004-registry': registryMigration,
  '0007-trusted-document': trustedDocumentMigration,
  '0008-usage': usageMigration,
  '0009-operation-traffic': operationTrafficMigration,
};

/** Where the tables of the control plane are: in PostgreSQL in the schema `control`, else in a SQLite file. */
export function chooseControlEngine(options: Omit<SqlEngineOptions, 'schema'>): SqlEngine {
  return chooseSqlEngine({ ...options, schema: 'control' });
}

/**
 * Opens the tables of the control plane and brings them up to date.
 *
 * @throws ConfigError START_FAILED with what the database said, or the migration that failed; the connection is closed
 *   then
 */
export async function openDatabase(engine: Pick<SqlEngine, 'dialect' | 'schema'>): Promise<Database> {
  try {
    return await openTables<Tables>({ ...engine, migrations });
  } catch (cause) {
    const where = engine.schema === undefined ? 'in SQLite' : 'in PostgreSQL (DATABASE_URL)';
    throw new ConfigError(
      'START_FAILED',
      `The tables of the control plane ${where} cannot be opened: ${describeSqlError(cause)}.`,
      cause,
    );
  }
}
