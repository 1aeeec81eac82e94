import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** Documents that clients publish, and in which publication each of them was. */
export const trustedDocumentMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('trusted_document')
      .addColumn('client', 'text', (column) => column.notNull())
      .addColumn('id', 'text', (column) => column.notNull())
      .addColumn('text', 'text', (column) => column.notNull())
      .addColumn('operation_name', 'text')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('retired_at', 'bigint')
      .addPrimaryKeyConstraint('trusted_document_key', ['client', 'id'])
      .execute();
    await db.schema
      .createTable('document_publication')
      .addColumn('client', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      // SHA-256 of the ids and texts: the same version with another content is refused.
      .addColumn('digest', 'text', (column) => column.notNull())
      .addColumn('published_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('document_publication_key', ['client', 'version'])
      .execute();
    await db.schema
      .createTable('published_document')
      .addColumn('client', 'text', (column) => column.notNull())
      .addColumn('version', 'text', (column) => column.notNull())
      .addColumn('document_id', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('published_document_key', ['client', 'version', 'document_id'])
      .execute();
  },
};
