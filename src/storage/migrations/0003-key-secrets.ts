import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

interface Before {
  api_key: { id: string; secret_hashes: string; created_at: number };
  api_key_secret: Secret;
}

interface Secret {
  key_id: string;
  verifier: string;
  made_with: string;
  created_at: number;
  ends_at: number | null;
  last_used_at: number | null;
}

/** Secrets of keys in a table of their own, since each has a life: when it was made, ends, was last used. */
export const keySecretsMigration: Migration = {
  async up(db: Kysely<Before>) {
    await db.schema
      .createTable('api_key_secret')
      .addColumn('key_id', 'text', (column) => column.notNull().references('api_key.id'))
      // The hash, or the sealed secret of a signing key.
      .addColumn('verifier', 'text', (column) => column.notNull())
      // Which pepper or sealing key made the verifier; empty: one from before they had ids.
      .addColumn('made_with', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      // When a secret that was replaced stops to count; null for the newest.
      .addColumn('ends_at', 'bigint')
      .addColumn('last_used_at', 'bigint')
      .addPrimaryKeyConstraint('api_key_secret_key', ['key_id', 'verifier'])
      .execute();
    const keys = await db.selectFrom('api_key').select(['id', 'secret_hashes', 'created_at']).execute();
    for (const { id, secret_hashes, created_at } of keys) {
      for (const verifier of JSON.parse(secret_hashes) as string[]) {
        await db
          .insertInto('api_key_secret')
          .values({ key_id: id, verifier, made_with: '', created_at, ends_at: null, last_used_at: null })
          .execute();
      }
    }
    await db.schema.alterTable('api_key').dropColumn('secret_hashes').execute();
    await db.schema
      .alterTable('api_key')
      .addColumn('kind', 'text', (column) => column.notNull().defaultTo('live'))
      .execute();
    // The client application that the key is bound to.
    await db.schema.alterTable('api_key').addColumn('client', 'text').execute();
  },
};
