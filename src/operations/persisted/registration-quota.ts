import { LRUCache } from 'lru-cache';
import { clientNetwork } from '../../lib/client-network.ts';

const MINUTE_MS = 60_000;
/** Networks that are counted at the same time; a flood from more of them counts the busiest. */
const MOST_NETWORKS = 10_000;

/**
 * Whether a caller without a key may register one more document now; counts it if so.
 *
 * @param address - of the client; the addresses of one IPv6 network count as one
 * @param perMinute - how many documents one of them may register in a minute
 */
export type RegistrationQuota = (address: string, perMinute: number) => boolean;

/** Counts what callers without a key register, by network and minute. */
export function createRegistrationQuota(): RegistrationQuota {
  const counts = new LRUCache<string, number>({ max: MOST_NETWORKS, ttl: MINUTE_MS });
  return (address, perMinute) => {
    const network = clientNetwork(address);
    const count = counts.get(network) ?? 0;
    if (count >= perMinute) return false;
    // The minute begins with the first registration and is not begun anew by the next.
    counts.set(network, count + 1, count === 0 ? {} : { noUpdateTTL: true });
    return true;
  };
}
