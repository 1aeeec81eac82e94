import type { KeyStore } from '../key-store.ts';
import type { SnapshotPart } from './snapshot-part.ts';

/**
 * Who may call: the keys that are not revoked.
 *
 * @param open - asks for no keys, so that none are handed out
 */
export function createKeysPart(keys: KeyStore, open: boolean): SnapshotPart {
  return { name: 'the keys', read: async () => ({ open, keys: open ? [] : await keys.active() }) };
}
