import { sql } from 'kysely';
import type { ReadUsage } from '../../context.ts';
import {
  dayOf,
  startOfDay,
  type UsageBatch,
  type UsageEntry,
  type UsedOperation,
} from '../../limits/usage/usage.ts';
import type { Database } from '../../storage/database.ts';
import { createUsageBounds, type UsageBoundLimits } from './usage-bounds.ts';

/** Who used what, in the tables of the control plane. */
export interface UsageStore {
  /** Counts a batch, unless it or a later one of its source was counted before: all of it or nothing. */
  record(batch: UsageBatch): Promise<void>;
  /** What a key used by day; the newest day first. @throws the error of the database */
  readonly days: ReadUsage;
  /** Drops what is older than a number of days, and texts that nothing counts any more. */
  forget(retentionDays: number): Promise<void>;
}

export interface UsageStoreOptions {
  readonly database: Database;
  readonly limits: () => UsageBoundLimits;
  /** The present, in milliseconds since the epoch. */
  readonly now?: () => number;
}

/** Rows of one statement: PostgreSQL and SQLite bound the number of parameters. */
const ROWS_PER_STATEMENT = 100;
/** A source that was silent for so long sends nothing again. */
const SOURCE_DAYS = 90;
const DAY_MS = 86_400_000;

export function createUsageStore({ database, limits, now = Date.now }: UsageStoreOptions): UsageStore {
  const bounds = createUsageBounds(database, limits);
  return {
    async record(batch) {
      const { entries, operations } = await bounds.apply(batch);
      await database.transaction().execute(async (tables) => {
        if (!(await isNew(tables, batch, now()))) return;
        await addOperations(tables, operations);
        await addEntries(tables, entries);
      });
    },
    async days({ accountId, keyId, fromDay }) {
      const rows = await database
        .selectFrom('usage_count')
        .where('account_id', '=', accountId)
        .where('key_id', '=', keyId ?? '')
        .where('day', '>=', dayOf(Date.parse(fromDay)))
        .groupBy('day')
        .orderBy('day', 'desc')
        .select(({ fn }) => [
          'day',
          fn.sum<number>('points').as('points'),
          fn.sum<number>('operations').as('operations'),
          fn.sum<number>('throttled').as('throttled'),
        ])
        .execute();
      return rows.map(({ day, points, operations, throttled }) => ({
        day: new Date(startOfDay(day)).toISOString().slice(0, 10),
        points: Number(points),
        operations: Number(operations),
        throttled: Number(throttled),
      }));
    },
    async forget(retentionDays) {
      const nowMs = now();
      await database
        .deleteFrom('usage_count')
        .where('day', '<=', dayOf(nowMs) - retentionDays)
        .execute();
      await database
        .deleteFrom('operation_seen')
        .where('operation_id', 'not in', (query) => query.selectFrom('usage_count').select('operation_id'))
        .execute();
      await database
        .deleteFrom('usage_source')
        .where('updated_at', '<', nowMs - SOURCE_DAYS * DAY_MS)
        .execute();
    },
  };
}

/** Takes the number of a batch, in the transaction that counts it. @returns false when it was taken before */
async function isNew(tables: Database, { source, sequence }: UsageBatch, nowMs: number): Promise<boolean> {
  const { numInsertedOrUpdatedRows = 0n } = await tables
    .insertInto('usage_source')
    .values({ source, sequence, updated_at: nowMs })
    .onConflict((conflict) =>
      conflict
        .column('source')
        .doUpdateSet({ sequence, updated_at: nowMs })
        .where('usage_source.sequence', '<', sequence),
    )
    .executeTakeFirstOrThrow();
  return numInsertedOrUpdatedRows > 0n;
}

async function addOperations(tables: Database, operations: readonly UsedOperation[]): Promise<void> {
  const rows = operations.map(({ id, name, document }) => ({ operation_id: id, name, document }));
  for (const chunk of inOrder(rows, ({ operation_id }) => operation_id)) {
    await tables
      .insertInto('operation_seen')
      .values([...chunk])
      .onConflict((conflict) => conflict.column('operation_id').doNothing())
      .execute();
  }
}

async function addEntries(tables: Database, entries: readonly UsageEntry[]): Promise<void> {
  const rows = entries.map(({ accountId, keyId, operationId, lastUsedAtMs, ...entry }) => ({
    ...entry,
    account_id: accountId,
    key_id: keyId,
    operation_id: operationId,
    last_used_at: Math.round(lastUsedAtMs),
  }));
  const orderOf = ({ day, account_id, key_id, operation_id, client }: (typeof rows)[number]): string =>
    JSON.stringify([day, account_id, key_id, operation_id, client]);
  for (const chunk of inOrder(rows, orderOf)) {
    await tables
      .insertInto('usage_count')
      .values([...chunk])
      .onConflict((conflict) =>
        conflict.columns(['day', 'account_id', 'key_id', 'operation_id', 'client']).doUpdateSet({
          points: sql`usage_count.points + excluded.points`,
          operations: sql`usage_count.operations + excluded.operations`,
          refused: sql`usage_count.refused + excluded.refused`,
          throttled: sql`usage_count.throttled + excluded.throttled`,
          last_used_at: sql`case when usage_count.last_used_at < excluded.last_used_at
            then excluded.last_used_at else usage_count.last_used_at end`,
        }),
      )
      .execute();
  }
}

/** Chunks of rows in one order for everybody: two machines that lock the same rows never wait for each other. */
function* inOrder<Row>(rows: readonly Row[], orderOf: (row: Row) => string): Generator<readonly Row[]> {
  const sorted = rows
    .map((row) => ({ row, order: orderOf(row) }))
    .sort((one, other) => (one.order < other.order ? -1 : 1))
    .map(({ row }) => row);
  for (let start = 0; start < sorted.length; start += ROWS_PER_STATEMENT)
    yield sorted.slice(start, start + ROWS_PER_STATEMENT);
}
