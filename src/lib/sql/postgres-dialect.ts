import { createRequire } from 'node:module';
import { type Dialect, PostgresDialect } from 'kysely';

const MAX_CONNECTIONS = 10;
const CONNECT_TIMEOUT_MS = 5_000;
const STATEMENT_TIMEOUT_MS = 30_000;

/**
 * Kysely over PostgreSQL. Whole numbers come as numbers, as they do from SQLite: all of ours are counts, days and
 * milliseconds, far below 2^53.
 *
 * @param connectionString - `postgresql://user:password@host:port/database`
 * @param schema - where the tables stand, so that one database can serve the whole platform
 */
export function createPostgresDialect(connectionString: string, schema: string): Dialect {
  // Loaded for those who use it: most programs keep their tables in SQLite.
  const { Pool, TypeOverrides, types } = createRequire(import.meta.url)('pg') as typeof import('pg');
  const typesOfRows = new TypeOverrides();
  typesOfRows.setTypeParser(types.builtins.INT8, Number);
  const pool = new Pool({
    connectionString,
    max: MAX_CONNECTIONS,
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    statement_timeout: STATEMENT_TIMEOUT_MS,
    options: `-c search_path=${schema}`,
    application_name: `tributary-${schema}`,
    types: typesOfRows,
  });
  // An idle connection that breaks is replaced at the next query, which tells when the server stays away.
  pool.on('error', () => {});
  // One that breaks while it is in use fails its query; what it tells besides would end the process if nobody heard it.
  pool.on('connect', (client) => client.on('error', () => {}));
  return new PostgresDialect({ pool });
}
