import type { RedisClient } from './redis.ts';

/**
 * Lets the commands of one turn of the event loop leave in one write: a write is a system call, which costs more than
 * the command itself. They leave when the turn ends, so that none waits for another one to come.
 *
 * Of a Cluster each node has a connection of its own; there every command is written by itself.
 */
export function gatherWrites(client: RedisClient): void {
  const stream = 'stream' in client ? client.stream : undefined;
  // Not there before the first connection, whatever its type says.
  if (stream === undefined || !stream.writable || stream.writableCorked > 0) return;
  stream.cork();
  setImmediate(() => stream.uncork());
}
