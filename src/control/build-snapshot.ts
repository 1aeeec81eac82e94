import { canonicalJson } from '../lib/canonical-json.ts';
import { deepFreeze } from '../lib/deep-freeze.ts';
import { sha256 } from '../lib/sha256.ts';
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
  const id = sha256(canonicalJson(content));
  return deepFreeze({ id, ...structuredClone(content) });
}
