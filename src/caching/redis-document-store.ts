import type { RedisClient } from '../storage/redis.ts';
import { createRedisScript } from '../storage/redis-script.ts';
import type { DocumentStore } from './document-store.ts';
import { createMemoryDocumentStore, type HeldDocuments } from './memory-document-store.ts';

/** One hash slot for all three, so that a Cluster runs the script on them. */
const TEXTS = '{tributary:documents}:text';
const USES = '{tributary:documents}:used';
const BYTES = '{tributary:documents}:bytes';
/** What Redis keeps beside each text: hash, score and entries of two tables, in bytes; a rough figure. */
const ENTRY_BYTES = 300;

/**
 * Keeps a text and lets the longest unused go until all fit. KEYS: texts, uses, bytes; ARGV: hash, text, most bytes,
 * bytes of this entry. Returns 1 when it was new.
 */
const PUT = createRedisScript(`
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
redis.call('ZADD', KEYS[2], now, ARGV[1])
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
local bytes = redis.call('INCRBY', KEYS[3], ARGV[4])
while bytes > tonumber(ARGV[3]) do
  local oldest = redis.call('ZPOPMIN', KEYS[2])[1]
  if not oldest then break end
  local size = redis.call('HSTRLEN', KEYS[1], oldest)
  if redis.call('HDEL', KEYS[1], oldest) == 1 then
    bytes = redis.call('DECRBY', KEYS[3], size + ${ENTRY_BYTES})
  end
end
return 1
`);

/** Reads a text and notes its use. KEYS: texts, uses; ARGV: hash. */
const GET = createRedisScript(`
local text = redis.call('HGET', KEYS[1], ARGV[1])
if text then
  local time = redis.call('TIME')
  redis.call('ZADD', KEYS[2], time[1] * 1000 + math.floor(time[2] / 1000), ARGV[1])
end
return text
`);

/**
 * Keeps documents in Redis, for all processes and machines that share it, with a copy of those in use in this process.
 *
 * Without Redis the copy serves on: a client whose document is not in it sends the text again.
 *
 * @param bytes - the most that documents may take in Redis, and here
 * @param onChange - told what is held here whenever a document came
 */
export function createRedisDocumentStore(
  client: RedisClient,
  bytes: number,
  onChange?: (held: HeldDocuments) => void,
): DocumentStore {
  const near = createMemoryDocumentStore(bytes, onChange);
  return {
    get: (hash) => near.get(hash) ?? getFar(hash),
    put(hash, text) {
      // Many clients register the same document at the same moment, after a deploy: one of them writes.
      if (near.get(hash) !== undefined) return;
      near.put(hash, text);
      const size = Buffer.byteLength(text) + ENTRY_BYTES;
      if (size > bytes) return;
      PUT.run(client, [TEXTS, USES, BYTES], [hash, text, bytes, size]).catch(() => {});
    },
  };

  async function getFar(hash: string): Promise<string | undefined> {
    try {
      const text = await GET.run(client, [TEXTS, USES], [hash]);
      if (typeof text !== 'string') return undefined;
      near.put(hash, text);
      return text;
    } catch {
      return undefined;
    }
  }
}
