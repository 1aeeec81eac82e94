import { LRUCache } from 'lru-cache';
import type { WindowStore, WindowTake } from './field-window.ts';
import { judgeTake, type LoggedTake, liveTakes } from './window-log.ts';

/** Logs that are kept; one for each account and field. Full, the one that was not asked for longest makes room. */
const MOST_LOGS = 100_000;

/**
 * Keeps windows in this process alone.
 *
 * @param now - the time in milliseconds since the epoch
 */
export function createMemoryWindowStore(now: () => number = Date.now): WindowStore {
  const logs = new LRUCache<string, readonly LoggedTake[]>({ max: MOST_LOGS });
  const keyOf = ({ account, window }: WindowTake) => `${account}\n${window.coordinate}`;
  const read = (take: WindowTake) => liveTakes(logs.get(keyOf(take)) ?? [], take.window, now());

  return {
    async take(take) {
      const log = read(take);
      if (log.some(({ id }) => id === take.id)) return { isGranted: true, used: 0, waitMs: 0 };
      const outcome = judgeTake(log, take.window, take.count, now());
      const { id, count } = take;
      logs.set(keyOf(take), outcome.isGranted ? [...log, { id, count, atMs: now() }] : log);
      return outcome;
    },
    async giveBack(take) {
      logs.set(
        keyOf(take),
        read(take).filter(({ id }) => id !== take.id),
      );
    },
    async enter({ take, ageMs }) {
      const log = read(take).filter(({ id }) => id !== take.id);
      const { id, count } = take;
      const entry = { id, count, atMs: now() - ageMs };
      logs.set(
        keyOf(take),
        [...log, entry].toSorted((left, right) => left.atMs - right.atMs),
      );
    },
  };
}
