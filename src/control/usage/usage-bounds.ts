import { OTHERS, type UsageBatch, type UsageEntry } from '../../limits/usage/usage.ts';
import type { Database } from '../../storage/database.ts';

/** How many kinds are kept apart on one day. */
export interface UsageBoundLimits {
  readonly operationsPerDay: number;
  readonly clientsPerDay: number;
}

/** Keeps what callers make up from filling the tables: documents, and names of clients. */
export interface UsageBounds {
  /** The batch with what is beyond the limits counted among the others; sums stay as they are. */
  apply(batch: UsageBatch): Promise<Pick<UsageBatch, 'entries' | 'operations'>>;
}

/** What was let in on a day. */
interface DayKinds {
  readonly operations: Set<string>;
  readonly clients: Set<string>;
}

/** What is no kind by itself. */
const UNBOUNDED: readonly string[] = ['', OTHERS];
/** Days that batches may be of at the same time: today, and what was kept while the tables were away. */
const REMEMBERED_DAYS = 4;

/** @param limits - of each day; several machines on the same tables each let in that many */
export function createUsageBounds(database: Database, limits: () => UsageBoundLimits): UsageBounds {
  const days = new Map<number, DayKinds>();
  const kindsOf = async (day: number): Promise<DayKinds> => {
    const known = days.get(day);
    if (known !== undefined) return known;
    const kinds = await readKinds(database, day, limits());
    const [oldest] = days.keys();
    if (days.size >= REMEMBERED_DAYS && oldest !== undefined) days.delete(oldest);
    days.set(day, kinds);
    return kinds;
  };
  return {
    async apply({ entries, operations }) {
      const { operationsPerDay, clientsPerDay } = limits();
      const bounded: UsageEntry[] = [];
      for (const entry of entries) {
        const { operations: ids, clients } = await kindsOf(entry.day);
        const operationId = letIn(ids, entry.operationId, operationsPerDay);
        const client = letIn(clients, entry.client, clientsPerDay);
        bounded.push({ ...entry, operationId, client });
      }
      const counted = new Set(bounded.map(({ operationId }) => operationId));
      return {
        entries: merge(bounded),
        operations: operations.filter(({ id }) => counted.has(id)),
      };
    },
  };
}

async function readKinds(
  database: Database,
  day: number,
  { operationsPerDay, clientsPerDay }: UsageBoundLimits,
): Promise<DayKinds> {
  const read = async (column: 'operation_id' | 'client', limit: number): Promise<Set<string>> => {
    const rows = await database
      .selectFrom('usage_count')
      .where('day', '=', day)
      .where(column, 'not in', UNBOUNDED)
      .select(`${column} as kind`)
      .distinct()
      .limit(limit)
      .execute();
    return new Set(rows.map(({ kind }) => kind));
  };
  return {
    operations: await read('operation_id', operationsPerDay),
    clients: await read('client', clientsPerDay),
  };
}

function letIn(kinds: Set<string>, kind: string, limit: number): string {
  if (kinds.has(kind) || UNBOUNDED.includes(kind)) return kind;
  if (kinds.size >= limit) return OTHERS;
  kinds.add(kind);
  return kind;
}

/** Entries that have become alike are one: a statement must not touch a row twice. */
function merge(entries: readonly UsageEntry[]): UsageEntry[] {
  const merged = new Map<string, UsageEntry>();
  for (const entry of entries) {
    const { day, accountId, keyId, operationId, client } = entry;
    const key = JSON.stringify([day, accountId, keyId, operationId, client]);
    const known = merged.get(key);
    merged.set(key, known === undefined ? entry : sum(known, entry));
  }
  return [...merged.values()];
}

function sum(one: UsageEntry, other: UsageEntry): UsageEntry {
  return {
    ...one,
    points: one.points + other.points,
    operations: one.operations + other.operations,
    refused: one.refused + other.refused,
    throttled: one.throttled + other.throttled,
    lastUsedAtMs: Math.max(one.lastUsedAtMs, other.lastUsedAtMs),
  };
}
