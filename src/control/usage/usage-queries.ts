import { type SelectQueryBuilder, type SqlBool, sql } from 'kysely';
import type { Database } from '../../storage/database.ts';
import type { Tables } from '../../storage/tables.ts';

/** What usage is told apart by. */
export const USAGE_DIMENSIONS = ['day', 'account', 'key', 'operation', 'client'] as const;
export type UsageDimension = (typeof USAGE_DIMENSIONS)[number];

/** Which usage to tell. */
export interface UsageFilter {
  /** The first day and the last one, both included: days since the epoch, UTC. */
  readonly fromDay: number;
  readonly toDay: number;
  readonly account?: string | undefined;
  readonly key?: string | undefined;
  /** The id of an operation, or the name that its document gives. */
  readonly operation?: string | undefined;
  readonly client?: string | undefined;
}

/** What was used, summed over what it is not grouped by. */
export interface UsageRow {
  readonly day?: number;
  readonly account?: string;
  readonly key?: string;
  readonly operation?: { readonly id: string; readonly name: string | null };
  readonly client?: string;
  readonly points: number;
  readonly operations: number;
  readonly refused: number;
  readonly throttled: number;
  /** Milliseconds since the epoch. */
  readonly lastUsedAtMs: number;
}

/** The place of a row among all of its grouping: its values in the order of the grouping. */
export type UsagePlace = readonly (string | number)[];

/** How often a client ran an operation, and when last. */
export interface OperationTraffic {
  readonly operationId: string;
  readonly client: string;
  readonly operations: number;
  readonly points: number;
  readonly lastUsedAtMs: number;
}

export interface UsageQueries {
  /**
   * Usage by the dimensions of a grouping, each place once: the newest day first, all else as the database sorts texts.
   *
   * @param after - the place behind which to go on
   */
  list(
    filter: UsageFilter,
    group: readonly UsageDimension[],
    limit: number,
    after?: UsagePlace,
  ): Promise<readonly UsageRow[]>;
  /** The place of a row of `list`. */
  placeOf(row: UsageRow, group: readonly UsageDimension[]): UsagePlace;
  /** How often operations ran since a day, by client; when last, however long ago. */
  traffic(sinceDay: number, operationIds: readonly string[]): Promise<readonly OperationTraffic[]>;
}

const COLUMNS = {
  day: 'day',
  account: 'account_id',
  key: 'key_id',
  operation: 'operation_id',
  client: 'client',
} as const satisfies Record<UsageDimension, string>;

/** Ids of one statement: PostgreSQL and SQLite bound the number of parameters. */
const IDS_PER_STATEMENT = 500;

type Query = SelectQueryBuilder<Tables, 'usage_count', object>;

export function createUsageQueries(database: Database): UsageQueries {
  return {
    async list(filter, group, limit, after) {
      const isByDay = group[0] === 'day' && group.length > 1;
      const rows = await (isByDay ? readByDay : readGroups)(database, { filter, group, limit, after });
      const ids = group.includes('operation') ? rows.map((row) => String(row.operation_id)) : [];
      const names = await readNames(database, ids);
      return rows.map((row) => toRow(row, group, names));
    },
    placeOf: (row, group) =>
      group.map((dimension) => {
        const value = row[dimension];
        return typeof value === 'object' ? value.id : (value ?? '');
      }),
    async traffic(sinceDay, operationIds) {
      const found: OperationTraffic[] = [];
      for (let start = 0; start < operationIds.length; start += IDS_PER_STATEMENT) {
        const rows = await database
          .selectFrom('operation_traffic')
          .where('operation_id', 'in', operationIds.slice(start, start + IDS_PER_STATEMENT))
          .groupBy(['operation_id', 'client'])
          .select(({ fn }) => [
            'operation_id as operationId',
            'client',
            sumSince<number>('operations', sinceDay).as('operations'),
            sumSince<number>('points', sinceDay).as('points'),
            fn.max<number>('last_used_at').as('lastUsedAtMs'),
          ])
          .execute();
        found.push(
          ...rows.map((row) => ({
            ...row,
            operations: Number(row.operations),
            points: Number(row.points),
            lastUsedAtMs: Number(row.lastUsedAtMs),
          })),
        );
      }
      return found;
    },
  };
}

function sumSince<Sum>(column: 'operations' | 'points', sinceDay: number) {
  return sql<Sum>`sum(case when day >= ${sinceDay} then ${sql.ref(column)} else 0 end)`;
}

function restrict(query: Query, { fromDay, toDay, account, key, operation, client }: UsageFilter): Query {
  let restricted =
    fromDay === toDay
      ? query.where('day', '=', fromDay)
      : query.where('day', '>=', fromDay).where('day', '<=', toDay);
  if (account !== undefined) restricted = restricted.where('account_id', '=', account);
  if (key !== undefined) restricted = restricted.where('key_id', '=', key);
  if (client !== undefined) restricted = restricted.where('client', '=', client);
  if (operation === undefined) return restricted;
  return restricted.where((builder) =>
    builder.or([
      builder('operation_id', '=', operation),
      builder(
        'operation_id',
        'in',
        builder
          .selectFrom('operation_seen')
          .where('name', '=', operation)
          .select('operation_seen.operation_id'),
      ),
    ]),
  );
}

/** One question of `list`. */
interface Reading {
  readonly filter: UsageFilter;
  readonly group: readonly UsageDimension[];
  readonly limit: number;
  readonly after: UsagePlace | undefined;
}

type Row = Readonly<Record<string, string | number>>;

async function readGroups(
  database: Database,
  { filter, group, limit, after }: Reading,
): Promise<readonly Row[]> {
  let query = restrict(database.selectFrom('usage_count'), filter);
  if (after !== undefined) query = query.where(isBehind(group, after));
  for (const dimension of group) {
    query = query
      .groupBy(COLUMNS[dimension])
      .select(COLUMNS[dimension])
      .orderBy(COLUMNS[dimension], dimension === 'day' ? 'desc' : 'asc');
  }
  const rows = await query
    .select(({ fn }) => [
      fn.coalesce(fn.sum<number>('points'), sql<number>`0`).as('points'),
      fn.coalesce(fn.sum<number>('operations'), sql<number>`0`).as('operations'),
      fn.coalesce(fn.sum<number>('refused'), sql<number>`0`).as('refused'),
      fn.coalesce(fn.sum<number>('throttled'), sql<number>`0`).as('throttled'),
      fn.coalesce(fn.max<number>('last_used_at'), sql<number>`0`).as('last_used_at'),
    ])
    .limit(limit)
    .execute();
  return rows as readonly Row[];
}

/** Day after day, each in the order of the table's key: a page costs what it holds, however much lies around it. */
async function readByDay(
  database: Database,
  { filter, group, limit, after }: Reading,
): Promise<readonly Row[]> {
  // Each by itself: then either is one look at the key.
  const known = await database
    .selectNoFrom((from) => [
      from
        .selectFrom('usage_count')
        .select(({ fn }) => fn.min<number | null>('day').as('day'))
        .as('first'),
      from
        .selectFrom('usage_count')
        .select(({ fn }) => fn.max<number | null>('day').as('day'))
        .as('last'),
    ])
    .executeTakeFirst();
  const [afterDay, ...afterRest] = after ?? [];
  const firstDay = Math.max(filter.fromDay, known?.first ?? 0);
  const lastDay = Math.min(filter.toDay, known?.last ?? -1, Number(afterDay ?? filter.toDay));
  const rows: Row[] = [];
  for (let day = lastDay; day >= firstDay && rows.length < limit; day -= 1) {
    const found = await readGroups(database, {
      filter: { ...filter, fromDay: day, toDay: day },
      group: group.slice(1),
      limit: limit - rows.length,
      after: day === afterDay ? afterRest : undefined,
    });
    rows.push(...found.map((row) => ({ ...row, day })));
  }
  return rows;
}

/** Behind a place in the order of `list`: days are turned round, so that all of it ascends. */
function isBehind(group: readonly UsageDimension[], after: UsagePlace) {
  const places = group.map((dimension) =>
    dimension === 'day' ? sql`-day` : sql`${sql.ref(COLUMNS[dimension])}`,
  );
  const values = group.map((dimension, index) =>
    dimension === 'day' ? -Number(after[index]) : after[index],
  );
  return sql<SqlBool>`(${sql.join(places)}) > (${sql.join(values)})`;
}

async function readNames(
  database: Database,
  ids: readonly string[],
): Promise<ReadonlyMap<string, string | null>> {
  const names = new Map<string, string | null>();
  const distinct = [...new Set(ids)];
  for (let start = 0; start < distinct.length; start += IDS_PER_STATEMENT) {
    const rows = await database
      .selectFrom('operation_seen')
      .where('operation_id', 'in', distinct.slice(start, start + IDS_PER_STATEMENT))
      .select(['operation_id', 'name'])
      .execute();
    for (const { operation_id, name } of rows) names.set(operation_id, name);
  }
  return names;
}

function toRow(
  row: Readonly<Record<string, string | number>>,
  group: readonly UsageDimension[],
  names: ReadonlyMap<string, string | null>,
): UsageRow {
  const place = Object.fromEntries(
    group.map((dimension) => {
      const value = row[COLUMNS[dimension]];
      if (dimension !== 'operation') return [dimension, value];
      return [dimension, { id: String(value), name: names.get(String(value)) ?? null }];
    }),
  ) as Partial<UsageRow>;
  return {
    ...place,
    points: Number(row.points),
    operations: Number(row.operations),
    refused: Number(row.refused),
    throttled: Number(row.throttled),
    lastUsedAtMs: Number(row.last_used_at),
  };
}
