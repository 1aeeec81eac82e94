import type { RedisClient } from './redis.ts';

/**
 * Lets commands that are sent in one go, such as a batch of settlements, leave in one write: a write is a system call,
 * which costs more than the command itself. They leave as soon as whoever sends them has ended: a decision that somebody
 * waits for is never held back by other work of the process.
 *
 * Of a Cluster each node has a connection of its own; there every command is written by itself.
 */
export function gatherWrites(client: RedisClient): void {
  const stream = 'stream' in client ? client.stream : undefined;
  // Not there before the first connection, whatever its type says.
  if (stream === undefined || !stream.writable || stream.writableCorked > 0) return;
  stream.cork();
  process.nextTick(() => stream.uncork());
}
