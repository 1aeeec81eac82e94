import type { Kysely } from 'kysely';
import type { Migration } from 'kysely/migration';

/** The first tables: accounts, portfolios with their ledgers, watchlists, the copy of the registry. */
const createTables: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('users')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('display_name', 'text')
      .addColumn('email', 'text')
      .addColumn('default_currency', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('demo_offset_days', 'bigint')
      .execute();
    await db.schema
      .createTable('portfolios')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
      .addColumn('name', 'text', (column) => column.notNull())
      .addColumn('base_currency', 'text', (column) => column.notNull())
      .addColumn('cost_basis_method', 'text', (column) => column.notNull())
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('revision', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('updated_at', 'bigint', (column) => column.notNull())
      .addColumn('archived_at', 'bigint')
      .addColumn('demo_offset_days', 'bigint')
      .addUniqueConstraint('portfolios_order', ['user_id', 'position'])
      .execute();
    await createLedger(db);
    await createWatchlists(db);
    await db.schema
      .createTable('tokens')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('symbol', 'text', (column) => column.notNull())
      .addColumn('name', 'text', (column) => column.notNull())
      .execute();
    await db.schema
      .createTable('idempotency_keys')
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
      .addColumn('key', 'text', (column) => column.notNull())
      .addColumn('input_hash', 'text', (column) => column.notNull())
      .addColumn('transaction_id', 'text', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('idempotency_keys_primary', ['user_id', 'key'])
      .execute();
    await db.schema
      .createIndex('idempotency_keys_by_age')
      .on('idempotency_keys')
      .column('created_at')
      .execute();
  },
};

async function createLedger(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('ledger_entries')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('portfolio_id', 'text', (column) => column.notNull().references('portfolios.id'))
    .addColumn('sequence', 'integer', (column) => column.notNull())
    .addColumn('type', 'text', (column) => column.notNull())
    .addColumn('token_id', 'text', (column) => column.notNull())
    .addColumn('deployment_id', 'text')
    .addColumn('quantity', 'text', (column) => column.notNull())
    .addColumn('unit_price', 'text')
    .addColumn('market_price', 'text')
    .addColumn('fee', 'text')
    .addColumn('executed_at', 'bigint', (column) => column.notNull())
    .addColumn('created_at', 'bigint', (column) => column.notNull())
    .addColumn('source', 'text', (column) => column.notNull())
    .addColumn('external_id', 'text')
    .addColumn('note', 'text')
    .addColumn('demo_offset_days', 'bigint')
    .addUniqueConstraint('ledger_entries_order', ['portfolio_id', 'sequence'])
    .addUniqueConstraint('ledger_entries_external', ['portfolio_id', 'external_id'])
    .execute();
  await db.schema
    .createIndex('ledger_entries_by_time')
    .on('ledger_entries')
    .columns(['portfolio_id', 'executed_at', 'sequence'])
    .execute();
  await db.schema
    .createIndex('ledger_entries_by_token')
    .on('ledger_entries')
    .columns(['portfolio_id', 'token_id'])
    .execute();
}

async function createWatchlists(db: Kysely<unknown>): Promise<void> {
  await db.schema
    .createTable('watchlists')
    .addColumn('id', 'text', (column) => column.primaryKey())
    .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
    .addColumn('name', 'text', (column) => column.notNull())
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('updated_at', 'bigint', (column) => column.notNull())
    .addColumn('demo_offset_days', 'bigint')
    .addUniqueConstraint('watchlists_order', ['user_id', 'position'])
    .execute();
  await db.schema
    .createTable('watchlist_tokens')
    .addColumn('watchlist_id', 'text', (column) => column.notNull().references('watchlists.id'))
    .addColumn('position', 'integer', (column) => column.notNull())
    .addColumn('token_id', 'text', (column) => column.notNull())
    .addColumn('added_at', 'bigint', (column) => column.notNull())
    .addColumn('demo_offset_days', 'bigint')
    .addPrimaryKeyConstraint('watchlist_tokens_primary', ['watchlist_id', 'position'])
    .addUniqueConstraint('watchlist_tokens_once', ['watchlist_id', 'token_id'])
    .execute();
}

/** Keys name what any mutation has made, and the names of a user's portfolios differ. */
const nameResults: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema.alterTable('idempotency_keys').renameColumn('transaction_id', 'result_id').execute();
    await db.schema.dropIndex('idempotency_keys_by_age').execute();
    await db.schema
      .createIndex('idempotency_keys_by_age')
      .on('idempotency_keys')
      .columns(['user_id', 'created_at'])
      .execute();
    await db.schema
      .createIndex('portfolios_name')
      .unique()
      .on('portfolios')
      .columns(['user_id', 'name'])
      .execute();
  },
};

/** Imports as jobs, and what they found wrong. */
const createImports: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('import_jobs')
      .addColumn('id', 'text', (column) => column.primaryKey())
      .addColumn('user_id', 'text', (column) => column.notNull().references('users.id'))
      .addColumn('portfolio_id', 'text', (column) => column.notNull().references('portfolios.id'))
      .addColumn('format', 'text', (column) => column.notNull())
      .addColumn('content', 'text')
      .addColumn('dry_run', 'integer', (column) => column.notNull())
      .addColumn('state', 'text', (column) => column.notNull())
      .addColumn('processed_lines', 'integer', (column) => column.notNull())
      .addColumn('total_lines', 'integer', (column) => column.notNull())
      .addColumn('imported_count', 'integer', (column) => column.notNull())
      .addColumn('duplicate_count', 'integer', (column) => column.notNull())
      .addColumn('created_at', 'bigint', (column) => column.notNull())
      .addColumn('finished_at', 'bigint')
      .addColumn('runner_id', 'text')
      .addColumn('leased_until', 'bigint')
      .addColumn('attempts', 'integer', (column) => column.notNull())
      .execute();
    await db.schema.createIndex('import_jobs_by_state').on('import_jobs').column('state').execute();
    await db.schema
      .createIndex('import_jobs_by_portfolio')
      .on('import_jobs')
      .columns(['portfolio_id', 'state'])
      .execute();
    await db.schema
      .createTable('import_issues')
      .addColumn('job_id', 'text', (column) => column.notNull().references('import_jobs.id'))
      .addColumn('position', 'integer', (column) => column.notNull())
      .addColumn('line', 'integer', (column) => column.notNull())
      .addColumn('message', 'text', (column) => column.notNull())
      .addColumn('candidates', 'text', (column) => column.notNull())
      .addPrimaryKeyConstraint('import_issues_primary', ['job_id', 'position'])
      .execute();
  },
};

const createPositions: Migration = {
  async up(db: Kysely<unknown>) {
    await db.schema
      .createTable('positions')
      .addColumn('portfolio_id', 'text', (column) => column.notNull().references('portfolios.id'))
      .addColumn('token_id', 'text', (column) => column.notNull())
      .addColumn('quantity', 'text', (column) => column.notNull())
      .addColumn('cost_basis', 'text', (column) => column.notNull())
      .addColumn('realized_pnl', 'text', (column) => column.notNull())
      .addColumn('held_since', 'bigint', (column) => column.notNull())
      .addColumn('last_activity_at', 'bigint', (column) => column.notNull())
      .addPrimaryKeyConstraint('positions_primary', ['portfolio_id', 'token_id'])
      .execute();
    await db.schema.alterTable('portfolios').addColumn('positions_revision', 'integer').execute();
  },
};

/** All migrations by name; names are applied in their order and never change once released. */
export const migrations: Readonly<Record<string, Migration>> = {
  '0001-create-tables': createTables,
  '0002-name-results': nameResults,
  '0003-create-imports': createImports,
  '0004-create-positions': createPositions,
};
