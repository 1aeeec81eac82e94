import { LRUCache } from 'lru-cache';
import type { PreparedOperation } from '../context.ts';

/** Texts of requests kept with what they ask for, in UTF-16 units; short, since only repetition in a row profits. */
const CACHE_TEXT_UNITS = 1_048_576;
/** A text above this is read each time: it would push out many that come again. */
const LONGEST_TEXT_UNITS = 65_536;

/**
 * Reads what a request asks for, once for equal texts: many clients ask the same at the same time, and their requests
 * are the same to the last byte.
 *
 * A refusal is not kept: what is refused is not repeated by good clients, and the cache is theirs.
 *
 * @returns a reader; it throws what `read` throws
 */
export function createOperationReader(): (text: string, read: () => PreparedOperation) => PreparedOperation {
  const known = new LRUCache<string, PreparedOperation>({
    maxSize: CACHE_TEXT_UNITS,
    maxEntrySize: LONGEST_TEXT_UNITS,
    sizeCalculation: (_operation, text) => text.length + 1,
  });
  return (text, read) => {
    let operation = known.get(text);
    if (operation === undefined) {
      operation = read();
      known.set(text, operation);
    }
    return operation;
  };
}
