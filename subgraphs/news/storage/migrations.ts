import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

const createFeedItems: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('feed_items')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('story_id', 'text', (column) => column.notNull())
      .addColumn('source_id', 'text', (column) => column.notNull())
      .addColumn('title', 'text', (column) => column.notNull())
      .addColumn('url', 'text', (column) => column.notNull())
      .addColumn('language', 'text', (column) => column.notNull())
      .addColumn('summary', 'text')
      .addColumn('image_url', 'text')
      .addColumn('authors', 'text', (column) => column.notNull())
      .addColumn('published_at', 'bigint', (column) => column.notNull())
      .addColumn('first_seen_at', 'bigint', (column) => column.notNull())
      .execute();
  },
};

/** All migrations by name; names are applied in their order and never change once released. */
export const migrations: Readonly<Record<string, Migration>> = { '0001-create-feed-items': createFeedItems };
