import { dayOf } from '../../limits/usage/usage.ts';
import type { UsageQueries } from '../usage/usage-queries.ts';
import type { DocumentStore, ListedDocument } from './document-store.ts';

/** A published document, with what its client has made of it. Times are milliseconds since the epoch. */
export interface UsedDocument extends ListedDocument {
  /** Over the days that were asked for. */
  readonly traffic: {
    readonly days: number;
    /** How often it ran. */
    readonly requests: number;
    /** What that was charged. */
    readonly points: number;
  };
  /** Absent when it has never run, as far back as usage is kept. */
  readonly lastUsedAtMs?: number;
  /** When it ran last, or was published, where it did not run on those days. */
  readonly unusedSinceMs?: number;
}

export interface DocumentListing {
  readonly documents: Pick<DocumentStore, 'list'>;
  readonly queries: Pick<UsageQueries, 'traffic'>;
  /** Of one client; all of them when absent. */
  readonly client: string | undefined;
  /** How many days of traffic, today among them. */
  readonly days: number;
  readonly nowMs: number;
}

/** Lists published documents with their traffic; requests count for a document where its own client has sent them. */
export async function listDocuments({
  documents,
  queries,
  client,
  days,
  nowMs,
}: DocumentListing): Promise<readonly UsedDocument[]> {
  const listed = await documents.list(client);
  const ids = [...new Set(listed.map(({ operationId }) => operationId))];
  const found = await queries.traffic(dayOf(nowMs) - days + 1, ids);
  const traffic = new Map(found.map((entry) => [JSON.stringify([entry.client, entry.operationId]), entry]));
  return listed.map((document) => {
    const seen = traffic.get(JSON.stringify([document.client, document.operationId]));
    const { operations: requests = 0, points = 0, lastUsedAtMs } = seen ?? {};
    return {
      ...document,
      traffic: { days, requests, points },
      ...(lastUsedAtMs === undefined ? {} : { lastUsedAtMs }),
      ...(requests > 0 ? {} : { unusedSinceMs: lastUsedAtMs ?? document.createdAtMs }),
    };
  });
}
