import { LRUCache } from 'lru-cache';
import type { Logger } from '../observability/logger.ts';
import type { Metrics } from '../observability/metrics.ts';

const LINE_EACH_MS = 60_000;
const REMEMBERED_KEYS = 1_000;

/** Counts each use of a secret that was replaced, and tells it in the log once a minute for each key. */
export function createOldSecretReport(log: Logger, metrics: Metrics): (keyId: string) => void {
  const told = new LRUCache<string, true>({ max: REMEMBERED_KEYS, ttl: LINE_EACH_MS });
  return (keyId) => {
    metrics.oldSecretUses.inc();
    if (told.has(keyId)) return;
    told.set(keyId, true);
    log.warn({ keyId }, 'a key is used with the secret that its rotation has replaced');
  };
}
