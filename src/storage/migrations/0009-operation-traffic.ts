import { type Kysely, sql } from 'kysely';
import type { Migration } from 'kysely/migration';

/** How often operations ran, whoever asked: what schema checks and lists of documents read need not go through all accounts. */
export const operationTrafficMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('operation_traffic')
      .addColumn('operation_id', 'text', (column) => column.notNull())
      .addColumn('client', 'text', (column) => column.notNull())
      // Days since the epoch, UTC.
      .addColumn('day', 'integer', (column) => column.notNull())
      .addColumn('operations', 'bigint', (column) => column.notNull())
      .addColumn('points', 'bigint', (column) => column.notNull())
      .addColumn('last_used_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('operation_traffic_key', ['operation_id', 'client', 'day'])
      .execute();
    await db.schema.createIndex('operation_traffic_day').on('operation_traffic').column('day').execute();
    await sql`
      insert into operation_traffic (operation_id, client, day, operations, points, last_used_at)
      select operation_id, client, day, sum(operations), sum(points), max(last_used_at) from usage_count
      where operations > 0 group by operation_id, client, day
    `.execute(db);
    // Nothing is looked up by it any more but what a filter of usage asks for, among its days.
    await db.schema.dropIndex('usage_count_operation_id').execute();
  },
};
