import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Who used what, by day; it takes the place of the counts by operation and client alone. */
export const usageMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('usage_count')
      // Days since the epoch, UTC.
      .addColumn('day', 'integer', (column) => column.notNull())
      // Empty: without an account, or a key. `*`: it was counted, but not which it was.
      .addColumn('account_id', 'text', (column) => column.notNull())
      .addColumn('key_id', 'text', (column) => column.notNull())
      // Empty where the operation was never known.
      .addColumn('operation_id', 'text', (column) => column.notNull())
      .addColumn('client', 'text', (column) => column.notNull())
      .addColumn('points', 'bigint', (column) => column.notNull())
      .addColumn('operations', 'bigint', (column) => column.notNull())
      .addColumn('refused', 'bigint', (column) => column.notNull())
      // Of those that were refused: for lack of points or because of a window.
      .addColumn('throttled', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('usage_count_key', ['day', 'account_id', 'key_id', 'operation_id', 'client'])
      .execute();
    for (const column of ['account_id', 'key_id', 'operation_id']) {
      await db.schema
        .createIndex(`usage_count_${column}`)
        .on('usage_count')
        .columns([column, 'day'])
        .execute();
    }
    await db.schema
      .createTable('usage_source')
      // A process that gathers usage.
      .addColumn('source', 'text', (column) => column.primaryKey())
      // Its last batch that was counted.
      .addColumn('sequence', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .execute();
    await sql`
      insert into usage_count
        (day, account_id, key_id, operation_id, client, points, operations, refused, throttled, last_used_at)
      select day, '*', '*', operation_id, client, 0, requests, 0, 0, cast(day as bigint) * 86400000 from operation_use
    `.execute(db);
    await db.schema.dropTable('operation_use').execute();
  },
};
