import { Cluster, Redis, type RedisOptions } from 'ioredis';
import { parseRedisUrl, type RedisAddress } from './redis-url.ts';

/** A client of one Redis, of the primary that Sentinels name, or of a Cluster; the commands are the same. */
export type RedisClient = Redis | Cluster;

export interface RedisClientOptions {
  /** How `CLIENT LIST` names the connection. */
  readonly name: string;
  /** How long a command may take; its promise then rejects, whatever Redis does with it. */
  readonly commandTimeoutMs?: number;
  /** Called when Redis is reached (again): once for each connection that is ready. */
  readonly onReady?: () => void;
  /** Called once when Redis is lost or cannot be reached, and not again before it was reached. The message holds no credentials. */
  readonly onAway?: (reason: string) => void;
}

/** Within which a decision has to be there, Redis or not. */
const COMMAND_TIMEOUT_MS = 50;
const CONNECT_TIMEOUT_MS = 1_000;
const FIRST_RETRY_MS = 50;
const LONGEST_RETRY_MS = 2_000;

/**
 * Connects to Redis. Returns at once; commands fail at once while there is no connection.
 *
 * Nothing is queued and nothing is sent twice: a command that cannot be answered now is an error now, and who sent it
 * decides what to do without Redis. Lost connections come back by themselves, with growing pauses.
 *
 * @param url - see `parseRedisUrl` for the three forms
 * @throws ConfigError REDIS_URL_INVALID
 */
export function createRedisClient(
  url: string,
  { name, commandTimeoutMs = COMMAND_TIMEOUT_MS, onReady, onAway }: RedisClientOptions,
): RedisClient {
  const client = connect(parseRedisUrl(url), {
    connectionName: name,
    commandTimeout: commandTimeoutMs,
    connectTimeout: CONNECT_TIMEOUT_MS,
    maxRetriesPerRequest: 0,
    autoResendUnfulfilledCommands: false,
    // A primary that became a replica keeps its connections: the next one leads to its successor.
    reconnectOnError: ({ message }) => message.startsWith('READONLY'),
  });
  let isAway = false;
  const tellAway = (reason: string): void => {
    if (!isAway) onAway?.(reason);
    isAway = true;
  };
  client.on('ready', () => {
    isAway = false;
    onReady?.();
  });
  // Without a listener a refused connection would end the process.
  client.on('error', (error: NodeJS.ErrnoException) => tellAway(error.code ?? error.name));
  client.on('close', () => tellAway('the connection was closed'));
  return client;
}

/** Replies keep the shapes of RESP2, which both commands and types expect. */
type Options = Omit<RedisOptions, 'replyMapping'>;

function connect(address: RedisAddress, options: Options): RedisClient {
  const { username, password } = address;
  const common: Options = {
    ...options,
    username,
    password,
    enableOfflineQueue: false,
    ...(address.tls ? { tls: {}, enableTLSForSentinelMode: true } : {}),
  };
  switch (address.kind) {
    case 'single':
      return new Redis(address.port, address.host, {
        ...common,
        db: address.db,
        retryStrategy: retryDelayMs,
      });
    case 'sentinel':
      return new Redis({
        ...common,
        sentinels: [...address.nodes],
        name: address.primaryName,
        db: address.db,
        retryStrategy: retryDelayMs,
        sentinelRetryStrategy: retryDelayMs,
      });
    case 'cluster':
      return new Cluster([...address.nodes], {
        redisOptions: common,
        enableOfflineQueue: false,
        clusterRetryStrategy: retryDelayMs,
        maxRedirections: 2,
      });
  }
}

/** Doubles from 50 ms to 2 s, less up to a quarter by chance, so that many processes do not come back at one moment. */
function retryDelayMs(times: number): number {
  const delayMs = Math.min(LONGEST_RETRY_MS, FIRST_RETRY_MS * 2 ** Math.min(times - 1, 10));
  return Math.round(delayMs * (1 - Math.random() / 4));
}
