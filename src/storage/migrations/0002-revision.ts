import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** One number that grows with every change of what workers serve from, so that other processes see that there is one. */
export const revisionMigration: Migration = {
  async up(db: Kysely<{ revision: { id: number; number: number } }>) {
    await db.schema
      .createTable('revision')
      .addColumn('id', 'integer', (column) => column.primaryKey())
      .addColumn('number', 'bigint', (column) => column.notNull())
      .execute();
    await db.insertInto('revision').values({ id: 1, number: 1 }).execute();
  },
};
