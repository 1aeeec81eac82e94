import { ConfigError } from '../errors/errors.ts';

interface Credentials {
  readonly username: string | undefined;
  readonly password: string | undefined;
  readonly tls: boolean;
}

export interface RedisNode {
  readonly host: string;
  readonly port: number;
}

/** Where Redis is, as a URL says it. */
export type RedisAddress = Credentials &
  (
    | ({ readonly kind: 'single'; readonly db: number } & RedisNode)
    | {
        readonly kind: 'sentinel';
        readonly nodes: readonly RedisNode[];
        /** How the Sentinels call the primary. */
        readonly primaryName: string;
        readonly db: number;
      }
    | { readonly kind: 'cluster'; readonly nodes: readonly RedisNode[] }
  );

const FORM =
  /^redis(?<tls>s?)(?:\+(?<kind>sentinel|cluster))?:\/\/(?:(?<username>[^:@/]*)(?::(?<password>[^@/]*))?@)?(?<hosts>[^/@]+)(?:\/(?<path>.*))?$/;
const HOST = /^(?:\[(?<ipv6>[0-9a-f:.]+)\]|(?<name>[^:[\]]+))(?::(?<port>\d{1,5}))?$/i;
const REDIS_PORT = 6379;
const SENTINEL_PORT = 26_379;

/**
 * Reads where Redis is. Three forms; `rediss` instead of `redis` means TLS:
 *
 * - `redis://[user:password@]host[:port][/db]`
 * - `redis+sentinel://[user:password@]host[:port],host…/primary-name[/db]`
 * - `redis+cluster://[user:password@]host[:port],host…`
 *
 * @throws ConfigError REDIS_URL_INVALID; the message holds no part of the URL, which may hold a password
 */
export function parseRedisUrl(url: string): RedisAddress {
  const { tls, kind, username, password, hosts = '', path = '' } = FORM.exec(url)?.groups ?? {};
  const nodes = hosts
    .split(',')
    .map((host) => readNode(host, kind === 'sentinel' ? SENTINEL_PORT : REDIS_PORT));
  const credentials: Credentials = {
    username: readPart(username),
    password: readPart(password),
    tls: tls === 's',
  };
  const parts = path.split('/').filter(Boolean);
  if (kind === 'cluster') {
    if (parts.length > 0) throw invalid('a Cluster has no databases');
    return { kind, ...credentials, nodes };
  }
  if (kind === 'sentinel') {
    const [primaryName, db, ...rest] = parts;
    if (primaryName === undefined || rest.length > 0) throw invalid('the name of the primary is missing');
    return { kind, ...credentials, nodes, primaryName: readPart(primaryName) ?? '', db: readDb(db) };
  }
  const [node, ...others] = nodes;
  if (node === undefined || others.length > 0 || parts.length > 1)
    throw invalid('it names one host and one database');
  return { kind: 'single', ...credentials, ...node, db: readDb(parts[0]) };
}

function readNode(text: string, defaultPort: number): RedisNode {
  const { ipv6, name, port } = HOST.exec(text)?.groups ?? {};
  const host = ipv6 ?? name;
  const number = port === undefined ? defaultPort : Number(port);
  if (host === undefined || number < 1 || number > 65_535) throw invalid('a host is missing or malformed');
  return { host, port: number };
}

function readDb(text = '0'): number {
  if (!/^\d{1,4}$/.test(text)) throw invalid('the database is a number');
  return Number(text);
}

function readPart(text: string | undefined): string | undefined {
  if (text === undefined || text === '') return undefined;
  try {
    return decodeURIComponent(text);
  } catch (cause) {
    throw invalid('a part is not percent-encoded', cause);
  }
}

function invalid(why: string, cause?: unknown): ConfigError {
  return new ConfigError(
    'REDIS_URL_INVALID',
    `REDIS_URL is not the address of a Redis (${why}). Forms: redis://host:6379/0, redis+sentinel://host:26379,host/primary-name, redis+cluster://host:6379,host.`,
    cause,
  );
}
