import { LRUCache } from 'lru-cache';
import type { DocumentStore } from './document-store.ts';

/** What an entry takes beside its text: hash, object and place in the list, in bytes; a rough figure. */
const ENTRY_BYTES = 300;
const BYTES_PER_UNIT = 2;

/** Keeps documents in the memory of this process; the longest unused make room. @param bytes - the most that they may take */
export function createMemoryDocumentStore(bytes: number): DocumentStore & { readonly bytes: number } {
  const documents = new LRUCache<string, string>({
    maxSize: bytes,
    maxEntrySize: bytes,
    sizeCalculation: (text) => ENTRY_BYTES + BYTES_PER_UNIT * text.length,
  });
  return {
    get bytes() {
      return documents.calculatedSize;
    },
    get: (hash) => documents.get(hash),
    put(hash, text) {
      if (!documents.has(hash)) documents.set(hash, text);
    },
  };
}
