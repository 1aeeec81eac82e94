import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The registry: versions of the supergraph, who may publish, who did what, who is told, and what clients send. */
export const registryMigration: Migration = {
  async up(db: Kysely<unknown>) {
    await createVersions(db);
    await createPublishers(db);
    await createUsage(db);
  },
};

async function createVersions(db: Kysely<unknown>): Promise<void> {
  // SDL by the SHA-256 of its text: most versions share most of their subgraphs.
  await db.schema
    .createTable('subgraph_sdl')
    .addColumn('hash', 'text', (column) => column.primaryKey())
    .addColumn('sdl', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('supergraph_version')
    .addColumn('id', 'integer', (column) => column.primaryKey())
    // The version that it was made from; null for the first.
    .addColumn('parent_id', 'integer')
    .addColumn('kind', 'text', (column) => column.notNull())
    // Who: `admin`, `files`, or the id of a publisher's token.
    .addColumn('author', 'text', (column) => column.notNull())
    .addColumn('reason', 'text', (column) => column.notNull())
    .addColumn('federation_version', 'text', (column) => column.notNull())
    .addColumn('supergraph_sdl', 'text', (column) => column.notNull())
    // What clients see of it.
    .addColumn('api_sdl', 'text', (column) => column.notNull())
    // JSON: all subgraphs of the version, their SDL by its hash.
    .addColumn('subgraphs', 'text', (column) => column.notNull())
    // JSON: what changed for clients against the parent.
    .addColumn('changes', 'text', (column) => column.notNull())
    // What the publisher called its request, so that a repeated one makes no second version.
    .addColumn('client_token', 'text', (column) => column.unique())
    .addColumn('request_hash', 'text')
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
  // One row: which version is served.
  await db.schema
    .createTable('supergraph_head')
    .addColumn('singleton', 'integer', (column) => column.primaryKey())
    .addColumn('version_id', 'integer')
    .execute();
  await db
    .withTables<{ supergraph_head: { singleton: number; version_id: number | null } }>()
    .insertInto('supergraph_head')
    .values({ singleton: 1, version_id: null })
    .execute();
}

async function createPublishers(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('publisher_token')
    .addColumn('id', 'text', (column) => column.primaryKey())
    // HMAC-SHA256 of the secret, hex.
    .addColumn('secret_hash', 'text', (column) => column.notNull())
    .addColumn('name', 'text', (column) => column.notNull())
    // The one subgraph that it is bound to, and the team that owns it.
    .addColumn('subgraph', 'text', (column) => column.notNull())
    .addColumn('owner', 'text', (column) => column.notNull())
    // JSON list: `check`, `publish`.
    .addColumn('actions', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('revoked_at', 'bigint')
    .execute();
  await db.schema
    .createTable('audit_entry')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('at', 'bigint', (column) => column.notNull())
    .addColumn('actor', 'text', (column) => column.notNull())
    .addColumn('action', 'text', (column) => column.notNull())
    .addColumn('subject', 'text', (column) => column.notNull())
    // `done`, or the code of the refusal.
    .addColumn('outcome', 'text', (column) => column.notNull())
    .addColumn('detail', 'text', (column) => column.notNull())
    .execute();
  await db.schema.createIndex('audit_entry_at').on('audit_entry').column('at').execute();
  await db.schema
    .createTable('webhook')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('url', 'text', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .execute();
}

async function createUsage(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('operation_seen')
    .addColumn('operation_id', 'text', (column) => column.primaryKey())
    .addColumn('name', 'text')
    .addColumn('document', 'text', (column) => column.notNull())
    .execute();
  await db.schema
    .createTable('operation_use')
    .addColumn('operation_id', 'text', (column) => column.notNull())
    .addColumn('client', 'text', (column) => column.notNull())
    // Days since the epoch, UTC.
    .addColumn('day', 'integer', (column) => column.notNull())
    .addColumn('requests', 'bigint', (column) => column.notNull())
    .addPrimaryKeyConstraint('operation_use_key', ['operation_id', 'client', 'day'])
    .execute();
  await db.schema.createIndex('operation_use_day').on('operation_use').column('day').execute();
}
