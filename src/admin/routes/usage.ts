import { Readable } from 'node:stream';
import { z } from 'zod';
import {
  USAGE_DIMENSIONS,
  type UsageDimension,
  type UsageFilter,
  type UsagePlace,
  type UsageQueries,
  type UsageRow,
} from '../../control/usage/usage-queries.ts';
import { RequestError } from '../../errors/errors.ts';
import { csvLine } from '../../lib/csv-line.ts';
import { dayOf, startOfDay } from '../../limits/usage/usage.ts';
import { type AdminRoute, defineRoute, StreamedAnswer } from '../admin-route.ts';

/** A row of usage as the API tells it: null where there is no account, key or operation, `*` where it was not kept. */
export interface ToldUsage {
  /** `YYYY-MM-DD`, UTC. */
  readonly day?: string;
  readonly account?: string | null;
  readonly key?: string | null;
  readonly operation?: { readonly id: string; readonly name: string | null } | null;
  readonly client?: string;
  readonly points: number;
  readonly operations: number;
  readonly refused: number;
  readonly throttled: number;
  /** ISO 8601, UTC; null where nothing was used. */
  readonly lastUsedAt: string | null;
}

/** A page of usage. */
export interface UsagePage {
  readonly from: string;
  readonly to: string;
  readonly group: readonly UsageDimension[];
  readonly usage: readonly ToldUsage[];
  /** What `after` is for the next page; null when there is none. */
  readonly next: string | null;
}

const DAYS_BY_DEFAULT = 30;
const ROWS_PER_PAGE = 100;
const MOST_ROWS_PER_PAGE = 1_000;
const text = z.string().max(1_000);
const MEASURES = ['points', 'operations', 'refused', 'throttled'] as const;

const grouping = z
  .string()
  .default('day')
  .transform((names) => (names === 'none' ? [] : names.split(',')))
  .pipe(
    z
      .array(z.enum(USAGE_DIMENSIONS, `expected none, or some of ${USAGE_DIMENSIONS.join(',')}`))
      .refine((names) => new Set(names).size === names.length, 'a dimension stands there twice'),
  );

const query = z.strictObject({
  /** The first day and the last one, both included. */
  from: z.iso.date().exactOptional(),
  to: z.iso.date().exactOptional(),
  /** Empty: without an account, or a key. */
  account: text.exactOptional(),
  key: text.exactOptional(),
  /** An id, or the name of operations. */
  operation: text.exactOptional(),
  client: text.exactOptional(),
  group: grouping,
  limit: z.coerce.number().int().min(1).max(MOST_ROWS_PER_PAGE).default(ROWS_PER_PAGE),
  after: z.string().max(10_000).exactOptional(),
  format: z.enum(['json', 'csv']).exactOptional(),
});

/** `/api/usage`: who used what, as JSON by pages, or all of it as CSV. */
export function createUsageRoutes(
  queries: UsageQueries,
  now: () => number = Date.now,
): readonly AdminRoute[] {
  return [
    defineRoute('GET /usage', {
      query,
      async handle({ query: { group, limit, after, format, from, to, ...filters }, accept }) {
        const filter = { ...filters, ...readRange(from, to, now()) };
        if (format === 'csv' || (format === undefined && wantsCsv(accept)))
          return new StreamedAnswer(
            'text/csv; charset=utf-8; header=present',
            streamCsv(queries, filter, group),
          );
        const rows = await queries.list(filter, group, limit + 1, readPlace(after, group));
        const page = rows.slice(0, limit);
        const last = rows.length > limit ? page.at(-1) : undefined;
        return {
          from: dateOf(filter.fromDay),
          to: dateOf(filter.toDay),
          group,
          usage: page.map(tell),
          next: last === undefined ? null : writePlace(queries.placeOf(last, group)),
        } satisfies UsagePage;
      },
    }),
  ];
}

/** @throws RequestError BAD_USER_INPUT when the range ends before it begins */
function readRange(
  from: string | undefined,
  to: string | undefined,
  nowMs: number,
): Pick<UsageFilter, 'fromDay' | 'toDay'> {
  const toDay = to === undefined ? dayOf(nowMs) : dayOf(Date.parse(to));
  const fromDay = from === undefined ? toDay - DAYS_BY_DEFAULT + 1 : dayOf(Date.parse(from));
  if (fromDay <= toDay) return { fromDay, toDay };
  throw new RequestError('BAD_USER_INPUT', {
    message: 'from: expected a day that is not after the last one',
  });
}

function wantsCsv(accept: string | undefined): boolean {
  return /(^|,)\s*text\/csv\s*(;|,|$)/i.test(accept ?? '');
}

/** Page by page, so that an export of any length takes the memory of one. */
function streamCsv(queries: UsageQueries, filter: UsageFilter, group: readonly UsageDimension[]): Readable {
  const lines = async function* () {
    const columns = group.flatMap((name) =>
      name === 'operation' ? ['operation_id', 'operation_name'] : [name],
    );
    yield csvLine([...columns, ...MEASURES, 'last_used_at']);
    let after: UsagePlace | undefined;
    for (;;) {
      const rows = await queries.list(filter, group, MOST_ROWS_PER_PAGE, after);
      yield rows.map((row) => csvLine(cellsOf(row, group))).join('');
      const last = rows.at(-1);
      if (last === undefined || rows.length < MOST_ROWS_PER_PAGE) return;
      after = queries.placeOf(last, group);
    }
  };
  return Readable.from(lines());
}

function cellsOf(row: UsageRow, group: readonly UsageDimension[]): (string | number | null)[] {
  const told = tell(row);
  const place = group.flatMap((name) =>
    name === 'operation' ? [told.operation?.id ?? null, told.operation?.name ?? null] : [told[name] ?? null],
  );
  return [...place, ...MEASURES.map((measure) => told[measure]), told.lastUsedAt];
}

function tell({ day, account, key, operation, client, lastUsedAtMs, ...counts }: UsageRow): ToldUsage {
  return {
    ...(day === undefined ? {} : { day: dateOf(day) }),
    ...(account === undefined ? {} : { account: account || null }),
    ...(key === undefined ? {} : { key: key || null }),
    ...(operation === undefined ? {} : { operation: operation.id === '' ? null : operation }),
    ...(client === undefined ? {} : { client }),
    ...counts,
    lastUsedAt: lastUsedAtMs === 0 ? null : new Date(lastUsedAtMs).toISOString(),
  };
}

function dateOf(day: number): string {
  return new Date(startOfDay(day)).toISOString().slice(0, 10);
}

function writePlace(place: UsagePlace): string {
  return Buffer.from(JSON.stringify(place)).toString('base64url');
}

/** @throws RequestError BAD_USER_INPUT for what is no place of this grouping */
function readPlace(after: string | undefined, group: readonly UsageDimension[]): UsagePlace | undefined {
  if (after === undefined) return undefined;
  try {
    const place: unknown = JSON.parse(Buffer.from(after, 'base64url').toString());
    const isPlace =
      Array.isArray(place) &&
      place.length === group.length &&
      group.every((name, index) => typeof place[index] === (name === 'day' ? 'number' : 'string'));
    if (isPlace) return place as UsagePlace;
  } catch {
    // Told below.
  }
  throw new RequestError('BAD_USER_INPUT', {
    message: 'after: expected the "next" of a page of the same grouping',
  });
}
