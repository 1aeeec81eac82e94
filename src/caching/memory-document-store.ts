import { LRUCache } from 'lru-cache';
import type { DocumentStore } from './document-store.ts';

/** What an entry takes beside its text: hash, object and place in the list, in bytes; a rough figure. */
const ENTRY_BYTES = 300;
const BYTES_PER_UNIT = 2;

/** What a store holds: bytes as it counts them, and documents. */
export interface HeldDocuments {
  readonly bytes: number;
  readonly entries: number;
}

/**
 * Keeps documents in the memory of this process; the longest unused make room.
 *
 * @param bytes - the most that they may take
 * @param onChange - told what is held whenever a document came
 */
export function createMemoryDocumentStore(
  bytes: number,
  onChange: (held: HeldDocuments) => void = () => {},
): DocumentStore {
  const documents = new LRUCache<string, string>({
    maxSize: bytes,
    maxEntrySize: bytes,
    sizeCalculation: (text) => ENTRY_BYTES + BYTES_PER_UNIT * text.length,
  });
  return {
    get: (hash) => documents.get(hash),
    put(hash, text) {
      if (documents.has(hash)) return;
      documents.set(hash, text);
      onChange({ bytes: documents.calculatedSize, entries: documents.size });
    },
  };
}
