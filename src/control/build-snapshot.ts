import { createHash } from 'node:crypto';
import { canonicalJson } from '../lib/canonical-json.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import type { Snapshot } from '../snapshot.ts';

/** Everything that a snapshot is made of. */
export type SnapshotContent = Omit<Snapshot, 'id'>;

/**
 * Builds a snapshot: frozen, and named by the SHA-256 of its content, so that equal content is equal everywhere
 * and nothing is swapped when nothing changed.
 */
export function buildSnapshot({
  supergraphSdl,
  apiSdl,
  routingUrls,
  guardedSubgraphs = [],
  keys,
  documents,
  settings,
  open,
}: SnapshotContent): Snapshot {
  const content = { supergraphSdl, apiSdl, routingUrls, guardedSubgraphs, keys, documents, settings, open };
  const id = createHash('sha256').update(canonicalJson(content)).digest('hex');
  return deepFreeze({ id, ...structuredClone(content) });
}
