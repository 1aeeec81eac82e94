import type { Insertable } from 'kysely';
import type { Database } from './open-database.ts';
import type { Tables } from './tables.ts';

/** Parameters of one statement: within the 32,766 of Node's SQLite and the 65,535 of PostgreSQL. */
const MAX_PARAMETERS = 8_000;

/** Inserts rows of equal columns, many in one statement. */
export async function insertInChunks<Table extends keyof Tables>(
  database: Database,
  table: Table,
  rows: readonly Insertable<Tables[Table]>[],
): Promise<void> {
  const [first] = rows;
  if (first === undefined) return;
  const size = Math.floor(MAX_PARAMETERS / Object.keys(first).length);
  for (let start = 0; start < rows.length; start += size) {
    await database
      .insertInto(table)
      .values(rows.slice(start, start + size))
      .execute();
  }
}
