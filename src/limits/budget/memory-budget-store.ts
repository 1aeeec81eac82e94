import { LRUCache } from 'lru-cache';
import type { BudgetStore } from './budget.ts';
import { type LedgerEntry, type Marker, reserveIn, settleIn } from './budget-ledger.ts';

/** How long the id of a request is remembered: longer than any operation may run. */
export const MARKER_TTL_MS = 60_000;
const MOST_ACCOUNTS = 200_000;
const MOST_MARKERS = 200_000;

/**
 * Keeps budgets in this process alone. What is forgotten for want of room is the account that spent nothing for the
 * longest time.
 *
 * @param now - the time in milliseconds since the epoch
 */
export function createMemoryBudgetStore(now: () => number = Date.now): BudgetStore {
  const entries = new LRUCache<string, LedgerEntry>({ max: MOST_ACCOUNTS });
  const markers = new LRUCache<string, { readonly marker: Marker; readonly untilMs: number }>({
    max: MOST_MARKERS,
  });
  const markerKey = (account: string, requestId: string) => `${account}\n${requestId}`;
  const markerOf = (key: string): Marker | undefined => {
    const known = markers.get(key);
    return known === undefined || known.untilMs <= now() ? undefined : known.marker;
  };
  const keep = (account: string, key: string, entry: LedgerEntry, marker: Marker | undefined): void => {
    entries.set(account, entry);
    if (marker !== undefined) markers.set(key, { marker, untilMs: now() + MARKER_TTL_MS });
  };

  return {
    async reserve(reservation) {
      const { account, requestId } = reservation;
      const key = markerKey(account, requestId);
      const { entry, marker, result } = reserveIn(entries.get(account), markerOf(key), reservation, now());
      keep(account, key, entry, marker);
      return result;
    },
    async settle(settlement) {
      const { account, requestId } = settlement;
      const key = markerKey(account, requestId);
      const { entry, marker, result } = settleIn(entries.get(account), markerOf(key), settlement, now());
      keep(account, key, entry, marker);
      return result;
    },
    async close() {},
  };
}
