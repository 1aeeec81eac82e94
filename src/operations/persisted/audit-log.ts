import { LRUCache } from 'lru-cache';
import { sha256 } from '../../lib/sha256.ts';
import type { Logger } from '../../observability/logger.ts';

/** Documents that were told already; beyond them one may be told again. */
const TOLD_DOCUMENTS = 10_000;

/**
 * Tells of documents that ran although nobody published them, each once for each client, with a manifest that publishes
 * it as it stands.
 */
export function createAuditLog(log: Logger): (clientName: string | undefined, text: string) => void {
  const told = new LRUCache<string, true>({ max: TOLD_DOCUMENTS });
  return (clientName, text) => {
    const id = sha256(text);
    const key = JSON.stringify([clientName ?? null, id]);
    if (told.has(key)) return;
    told.set(key, true);
    log.warn(
      { client: clientName, documentId: id, manifest: { [id]: text } },
      'a document ran that is not trusted',
    );
  };
}
