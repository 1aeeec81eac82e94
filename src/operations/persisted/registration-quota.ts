import { isIPv6 } from 'node:net';
import { LRUCache } from 'lru-cache';

const MINUTE_MS = 60_000;
/** Addresses that are counted at the same time; a flood from more of them counts the busiest. */
const MOST_ADDRESSES = 10_000;

/**
 * Counts what callers without a key register, by address and minute.
 *
 * @param perMinute - how many documents one address may register in a minute
 * @returns whether one more may be registered now; counts it if so
 */
export function createRegistrationQuota(perMinute: number): (address: string) => boolean {
  const counts = new LRUCache<string, number>({ max: MOST_ADDRESSES, ttl: MINUTE_MS });
  return (address) => {
    const network = networkOf(address);
    const count = counts.get(network) ?? 0;
    if (count >= perMinute) return false;
    // The minute begins with the first registration and is not begun anew by the next.
    counts.set(network, count + 1, count === 0 ? {} : { noUpdateTTL: true });
    return true;
  };
}

/** Whoever has one IPv6 address has the 2^64 of its network. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const [head = '', tail] = address.split('::');
  const groups = head === '' ? [] : head.split(':');
  const after = tail === undefined || tail === '' ? [] : tail.split(':');
  const zeros = tail === undefined ? 0 : 8 - groups.length - after.length;
  const all = [...groups, ...Array.from({ length: zeros }, () => '0'), ...after];
  return all
    .slice(0, 4)
    .map((group) => Number.parseInt(group, 16).toString(16))
    .join(':');
}
