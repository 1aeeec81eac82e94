import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** API keys: the public id, hashes of the secrets that are valid now, and what the key allows. */
export const apiKeyMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('api_key')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('name', 'text', (column) => column.notNull())
      // JSON list of HMAC-SHA256 in hex; two during a rotation.
      .addColumn('secret_hashes', 'text', (column) => column.notNull())
      .addColumn('tier', 'text', (column) => column.notNull())
      .addColumn('scopes', 'text', (column) => column.notNull())
      .addColumn('account_id', 'text', (column) => column.notNull())
      // The user that the key acts for; null for keys of machines.
      .addColumn('user_id', 'text')
      .addColumn('allowed_ranges', 'text', (column) => column.notNull())
      .addColumn('expires_at', 'bigint')
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      // Revoked keys stay, so that their ids are never used again.
      .addColumn('revoked_at', 'bigint')
      .execute();
    await db.schema.createIndex('api_key_account').on('api_key').column('account_id').execute();
  },
};
