import { sql } from 'kysely';
import type { ReadUsage } from '../../context.ts';
import {
  dayOf,
  OTHERS,
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
        await addTraffic(tables, entries);
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
      const lastDay = dayOf(nowMs) - retentionDays;
      await database.deleteFrom('usage_count').where('day', '<=', lastDay).execute();
      await database.deleteFrom('operation_traffic').where('day', '<=', lastDay).execute();
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
          last_used_at: later('usage_count'),
        }),
      )
      .execute();
  }
}

/** What ran, whoever asked. */
async function addTraffic(tables: Database, entries: readonly UsageEntry[]): Promise<void> {
  const ran = entries.filter(({ operations, operationId }) => operations > 0 && operationId !== OTHERS);
  const alike = Map.groupBy(ran, ({ operationId, client, day }) =>
    JSON.stringify([operationId, client, day]),
  );
  const rows = [...alike].map(([order, same]) => {
    const [{ operationId, client, day }] = same as [UsageEntry];
    return {
      order,
      row: {
        operation_id: operationId,
        client,
        day,
        operations: same.reduce((sum, { operations }) => sum + operations, 0),
        points: same.reduce((sum, { points }) => sum + points, 0),
        last_used_at: Math.round(Math.max(...same.map(({ lastUsedAtMs }) => lastUsedAtMs))),
      },
    };
  });
  for (const chunk of inOrder(rows, ({ order }) => order)) {
    await tables
      .insertInto('operation_traffic')
      .values(chunk.map(({ row }) => row))
      .onConflict((conflict) =>
        conflict.columns(['operation_id', 'client', 'day']).doUpdateSet({
          operations: sql`operation_traffic.operations + excluded.operations`,
          points: sql`operation_traffic.points + excluded.points`,
          last_used_at: later('operation_traffic'),
        }),
      )
      .execute();
  }
}

/** Batches of several processes come in any order. */
function later(table: 'usage_count' | 'operation_traffic') {
  const known = sql.ref<number>(`${table}.last_used_at`);
  return sql<number>`case when ${known} < excluded.last_used_at then excluded.last_used_at else ${known} end`;
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
