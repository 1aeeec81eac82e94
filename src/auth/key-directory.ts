import { BlockList, isIPv6 } from 'node:net';
import type { Caller } from '../context.ts';
import { RequestError } from '../errors/errors.ts';
import type { KeyRecord } from '../snapshot.ts';

/** A key with what is made of it once for all of its requests. */
export interface KeyEntry {
  readonly record: KeyRecord;
  readonly caller: Caller;
  /**
   * @throws RequestError FORBIDDEN when the key may not be used from the address
   */
  checkAddress(remoteAddress: string): void;
}

/** The keys of a snapshot by id. */
export type KeyDirectory = ReadonlyMap<string, KeyEntry>;

export function createKeyDirectory(keys: readonly KeyRecord[]): KeyDirectory {
  return new Map(keys.map((record) => [record.id, toEntry(record)]));
}

/** Whether something has ended. @param endsAtMs - undefined: never */
export function hasEnded(endsAtMs: number | undefined, nowMs: number): boolean {
  return endsAtMs !== undefined && endsAtMs <= nowMs;
}

/** Who calls with a key. */
export function callerOf({ id, tier, scopes, accountId, userId, client }: KeyRecord): Caller {
  return Object.freeze({
    tier,
    scopes: new Set(scopes),
    accountId,
    keyId: id,
    ...(userId === undefined ? {} : { userId }),
    ...(client === undefined ? {} : { client }),
  });
}

function toEntry(record: KeyRecord): KeyEntry {
  const { allowedRanges } = record;
  const caller = callerOf(record);
  const addresses = allowedRanges.length === 0 ? undefined : toBlockList(allowedRanges);
  return {
    record,
    caller,
    checkAddress(remoteAddress) {
      if (addresses === undefined || isListed(addresses, remoteAddress)) return;
      throw new RequestError('FORBIDDEN', { message: 'The key may not be used from this address.' });
    },
  };
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
