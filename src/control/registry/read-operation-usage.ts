import { operationId } from '../../lib/operation-id.ts';
import { dayOf } from '../../limits/usage/usage.ts';
import type { Database } from '../../storage/database.ts';
import type { ClientUse, OperationInUse, OperationUsage } from './operation-usage.ts';

/** An operation in the making. */
interface Gathered {
  readonly id: string;
  readonly name: string | null;
  readonly document: string;
  readonly clients: Map<string, { requests: number; versions: readonly string[] }>;
  isRegistered: boolean;
}

/**
 * Reads from the tables which operations clients depend on: those that were seen lately, and all documents that are
 * registered and not retired.
 *
 * @param limit - how many of those that are not registered are told at most, the most used first
 */
export function readOperationUsage(database: Database, limit: () => number): OperationUsage {
  return {
    async inUse(sinceMs) {
      const sinceDay = dayOf(sinceMs);
      const gathered = new Map<string, Gathered>();
      for (const { id, name, document } of await readSeen(database, sinceDay, limit()))
        gathered.set(id, { id, name, document, clients: new Map(), isRegistered: false });
      await addRegistered(database, gathered);
      await addRequests(database, sinceDay, gathered);
      return [...gathered.values()].map(toOperation).sort(byImportance);
    },
  };
}

async function readSeen(
  database: Database,
  sinceDay: number,
  limit: number,
): Promise<{ id: string; name: string | null; document: string }[]> {
  return database
    .selectFrom('operation_traffic')
    .innerJoin('operation_seen', 'operation_seen.operation_id', 'operation_traffic.operation_id')
    .where('day', '>=', sinceDay)
    .groupBy(['operation_seen.operation_id', 'name', 'document'])
    .select(['operation_seen.operation_id as id', 'name', 'document'])
    .orderBy(({ fn }) => fn.sum('operations'), 'desc')
    .orderBy('operation_seen.operation_id')
    .limit(limit)
    .execute();
}

/** Registered documents count whether anybody has asked for them or not: apps that have them are installed. */
async function addRegistered(database: Database, gathered: Map<string, Gathered>): Promise<void> {
  const documents = await database
    .selectFrom('trusted_document')
    .select(['client', 'id', 'text', 'operation_name'])
    .where('retired_at', 'is', null)
    .orderBy('client')
    .orderBy('id')
    .execute();
  const releases = await database
    .selectFrom('published_document')
    .innerJoin('document_publication', (join) =>
      join
        .onRef('document_publication.client', '=', 'published_document.client')
        .onRef('document_publication.version', '=', 'published_document.version'),
    )
    .select(['published_document.client', 'document_id', 'published_document.version'])
    .orderBy('published_at')
    .orderBy('published_document.version')
    .execute();
  const versions = Map.groupBy(releases, ({ client, document_id }) => JSON.stringify([client, document_id]));
  for (const { client, id: documentId, text, operation_name: name } of documents) {
    const id = operationId(name, text);
    const operation = gathered.get(id) ?? {
      id,
      name,
      document: text,
      clients: new Map(),
      isRegistered: true,
    };
    operation.isRegistered = true;
    const own = versions.get(JSON.stringify([client, documentId])) ?? [];
    operation.clients.set(client, { requests: 0, versions: own.map(({ version }) => version) });
    gathered.set(id, operation);
  }
}

async function addRequests(
  database: Database,
  sinceDay: number,
  gathered: ReadonlyMap<string, Gathered>,
): Promise<void> {
  const rows = await database
    .selectFrom('operation_traffic')
    .where('day', '>=', sinceDay)
    .groupBy(['operation_id', 'client'])
    .select(({ fn }) => ['operation_id', 'client', fn.sum<number>('operations').as('requests')])
    .execute();
  for (const { operation_id, client, requests } of rows) {
    const clients = gathered.get(operation_id)?.clients;
    const { versions } = clients?.get(client) ?? { versions: [] };
    clients?.set(client, { requests: Number(requests), versions });
  }
}

function toOperation({ clients, ...operation }: Gathered): OperationInUse {
  const uses = [...clients].map(([name, use]): ClientUse => ({ name, ...use, versions: [...use.versions] }));
  return { ...operation, clients: uses.sort((one, other) => (one.name < other.name ? -1 : 1)) };
}

/** Registered ones first: whoever can look at so many only leaves out what nobody has promised. */
function byImportance(one: OperationInUse, other: OperationInUse): number {
  if (one.isRegistered !== other.isRegistered) return one.isRegistered ? -1 : 1;
  return requestsOf(other) - requestsOf(one) || (one.id < other.id ? -1 : 1);
}

function requestsOf({ clients }: OperationInUse): number {
  return clients.reduce((sum, { requests }) => sum + requests, 0);
}
