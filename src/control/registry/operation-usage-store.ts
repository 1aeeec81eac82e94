import { createHash } from 'node:crypto';
import { sql } from 'kysely';
import type { OperationUse } from '../../operations/operation-log.ts';
import type { Database } from '../../storage/database.ts';
import type { ClientUse, OperationInUse, OperationUsage } from './operation-usage.ts';

/** Operations that were seen, by client and day. */
export interface OperationUsageStore extends OperationUsage {
  /** Adds what workers have seen to the counts of today. */
  record(reports: readonly OperationUse[]): Promise<void>;
  /** Drops what was last seen before a day. */
  forget(beforeMs: number): Promise<void>;
}

const DAY_MS = 86_400_000;
const dayOf = (ms: number): number => Math.floor(ms / DAY_MS);

/** @param limit - how many operations are told at most, the most used first */
export function createOperationUsageStore(
  database: Database,
  { limit, now = Date.now }: { readonly limit: () => number; readonly now?: () => number },
): OperationUsageStore {
  return {
    async record(reports) {
      const day = dayOf(now());
      for (const { name, document, client, requests } of reports) {
        const operation_id = operationId(name, document);
        await database
          .insertInto('operation_seen')
          .values({ operation_id, name, document })
          .onConflict((conflict) => conflict.column('operation_id').doNothing())
          .execute();
        await database
          .insertInto('operation_use')
          .values({ operation_id, client, day, requests })
          .onConflict((conflict) =>
            conflict
              .columns(['operation_id', 'client', 'day'])
              .doUpdateSet({ requests: sql`operation_use.requests + ${requests}` }),
          )
          .execute();
      }
    },
    async forget(beforeMs) {
      await database.deleteFrom('operation_use').where('day', '<', dayOf(beforeMs)).execute();
      await database
        .deleteFrom('operation_seen')
        .where('operation_id', 'not in', (query) => query.selectFrom('operation_use').select('operation_id'))
        .execute();
    },
    async inUse(sinceMs) {
      const totals = await database
        .selectFrom('operation_use')
        .innerJoin('operation_seen', 'operation_seen.operation_id', 'operation_use.operation_id')
        .where('day', '>=', dayOf(sinceMs))
        .groupBy(['operation_seen.operation_id', 'name', 'document'])
        .select(['operation_seen.operation_id as id', 'name', 'document'])
        .orderBy(({ fn }) => fn.sum('requests'), 'desc')
        .orderBy('operation_seen.operation_id')
        .limit(limit())
        .execute();
      const clients = await clientsOf(database, sinceMs);
      return totals.map(
        ({ id, name, document }): OperationInUse => ({
          id,
          name,
          document,
          clients: clients.get(id) ?? [],
          isRegistered: false,
        }),
      );
    },
  };
}

async function clientsOf(database: Database, sinceMs: number): Promise<ReadonlyMap<string, ClientUse[]>> {
  const rows = await database
    .selectFrom('operation_use')
    .where('day', '>=', dayOf(sinceMs))
    .groupBy(['operation_id', 'client'])
    .select(({ fn }) => ['operation_id', 'client', fn.sum<number>('requests').as('requests')])
    .orderBy('client')
    .execute();
  const clients = new Map<string, ClientUse[]>();
  for (const { operation_id, client, requests } of rows) {
    const known = clients.get(operation_id) ?? [];
    clients.set(operation_id, [...known, { name: client, requests: Number(requests) }]);
  }
  return clients;
}

/** SHA-256 of an operation's name and document, hex. */
export function operationId(name: string | null, document: string): string {
  return createHash('sha256')
    .update(`${name ?? ''}\n${document}`)
    .digest('hex');
}
