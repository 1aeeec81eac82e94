import { LRUCache } from 'lru-cache';
import type { GraphQLParameters } from '../context.ts';

/** Texts of requests kept with what they say, in UTF-16 units; few, since only repetition in a row profits. */
const CACHE_TEXT_UNITS = 1_048_576;
/** A text above this is read each time: it would push out many that come again. */
const LONGEST_TEXT_UNITS = 65_536;

/**
 * Reads the parameters of requests, once for equal texts: many clients ask the same at the same time, and their
 * requests are the same to the last byte. What is equal then is one object, by which later steps know it again.
 *
 * A refusal is not kept: what is refused is not repeated by good clients, and the cache is theirs.
 *
 * @returns a reader; it throws what `read` throws
 */
export function createParameterReader(): (text: string, read: () => GraphQLParameters) => GraphQLParameters {
  const known = new LRUCache<string, GraphQLParameters>({
    maxSize: CACHE_TEXT_UNITS,
    maxEntrySize: LONGEST_TEXT_UNITS,
    sizeCalculation: (_parameters, text) => text.length + 1,
  });
  return (text, read) => {
    let parameters = known.get(text);
    if (parameters === undefined) {
      parameters = read();
      known.set(text, parameters);
    }
    return parameters;
  };
}
