import { BlockList, isIPv6 } from 'node:net';
import type { Caller } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import type { KeyRecord } from '../snapshot.ts';
import { equalHashes, hashSecret, parseApiKey } from './api-key.ts';

/** What of a request says who is calling. */
export interface Credentials {
  readonly apiKey: string | undefined;
  readonly authorization: string | undefined;
  /** The address of the client, as the socket has it. */
  readonly remoteAddress: string;
}

export interface CallerIdentifier {
  /** @throws RequestError UNAUTHENTICATED for a bad key, FORBIDDEN for a good key from another network */
  identify(credentials: Credentials): Caller;
}

export interface CallerIdentifierOptions {
  readonly keys: readonly KeyRecord[];
  readonly pepper: string;
  /** Asks for no credentials and looks at none. */
  readonly open: boolean;
  /** The system's time in milliseconds. */
  readonly now?: () => number;
}

const ANONYMOUS: Caller = Object.freeze({ tier: 'ANONYMOUS', scopes: new Set<string>() });
/** Compared against when no record has the id, so that unknown and wrong keys take the same time. */
const NO_HASH = '0'.repeat(64);

interface Entry {
  readonly record: KeyRecord;
  readonly caller: Caller;
  /** Undefined: any address. */
  readonly addresses: BlockList | undefined;
}

/** Makes the look-up from credentials to caller over the keys of a snapshot. */
export function createCallerIdentifier({
  keys,
  pepper,
  open,
  now = Date.now,
}: CallerIdentifierOptions): CallerIdentifier {
  const entries = new Map<string, Entry>(keys.map((record) => [record.id, toEntry(record)]));

  return {
    identify({ apiKey, authorization, remoteAddress }) {
      if (open) return ANONYMOUS;
      if (authorization !== undefined) {
        throw new RequestError('UNAUTHENTICATED', {
          message: 'The Authorization header is not accepted here; send an API key in the x-api-key header.',
        });
      }
      if (apiKey === undefined) return ANONYMOUS;
      const parts = parseApiKey(apiKey);
      if (parts === undefined) throw badKey();
      const entry = entries.get(parts.id);
      const hash = hashSecret(parts.secret, pepper);
      const isValid = (entry?.record.secretHashes ?? [NO_HASH]).some((known) => equalHashes(known, hash));
      if (entry === undefined || !isValid || isExpired(entry.record, now())) throw badKey();
      if (entry.addresses !== undefined && !isListed(entry.addresses, remoteAddress)) {
        throw new RequestError('FORBIDDEN', { message: 'The key may not be used from this address.' });
      }
      return entry.caller;
    },
  };
}

/** One sentence for all reasons: which one it was is of use only to somebody who tries keys. */
function badKey(): RequestError {
  return new RequestError('UNAUTHENTICATED', { message: 'The API key is not valid.' });
}

function isExpired({ expiresAtMs }: KeyRecord, nowMs: number): boolean {
  return expiresAtMs !== undefined && expiresAtMs <= nowMs;
}

function toEntry(record: KeyRecord): Entry {
  const { id, tier, scopes, accountId, userId, allowedRanges, client } = record;
  const caller = Object.freeze({
    tier,
    scopes: new Set(scopes),
    accountId,
    keyId: id,
    ...(userId === undefined ? {} : { userId }),
    ...(client === undefined ? {} : { client }),
  });
  return { record, caller, addresses: allowedRanges.length === 0 ? undefined : toBlockList(allowedRanges) };
}

function toBlockList(ranges: readonly string[]): BlockList {
  const list = new BlockList();
  for (const range of ranges) {
    const [network = '', prefix] = range.split('/');
    const family = isIPv6(network) ? 'ipv6' : 'ipv4';
    list.addSubnet(network, prefix === undefined ? (family === 'ipv6' ? 128 : 32) : Number(prefix), family);
  }
  return list;
}

function isListed(addresses: BlockList, address: string): boolean {
  // A dual-stack listener shows IPv4 clients as IPv4-mapped IPv6 addresses.
  const plain = address.startsWith('::ffff:') ? address.slice(7) : address;
  return addresses.check(plain, isIPv6(plain) ? 'ipv6' : 'ipv4');
}
