import { LRUCache } from 'lru-cache';
import { type Clock, DAY_MS, HOUR_MS } from '../../../shared/clock.ts';
import { SingleFlight } from '../../../shared/single-flight.ts';
import { INTERVAL_MS } from '../../candles/candle-interval.ts';
import type { MarketDataProvider } from '../market-data-provider.ts';

const MAX_ENTRIES = 2000;
/** How long an answer stands in while the provider fails. */
const STALE_IF_ERROR_MS = DAY_MS;
/** How often supplies and volumes are looked up. */
const STATISTICS_MS = 5 * 60_000;
/** Longer than callers wait: what comes too late for them serves the next one. */
const CALL_TIMEOUT_MS = 10_000;

interface Entry {
  readonly value: unknown;
  readonly fetchedAtMs: number;
  /** The length of a period of the answer, in milliseconds. */
  readonly intervalMs: number;
}

/**
 * Keeps statistics, sparklines, closes and candles until their next period should be out, and lets equal calls share one. While
 * the provider fails, the last answer serves on for a day. Quotes pass: the quote book keeps them by token.
 *
 * @param clock - the platform's, since periods are of its time
 */
export function withCache(provider: MarketDataProvider, clock: Clock): MarketDataProvider {
  const entries = new LRUCache<string, Entry>({ max: MAX_ENTRIES });
  const flights = new SingleFlight<string, unknown>();
  const { publishDelayMs } = provider.capabilities;
  const periodOf = (instantMs: number, intervalMs: number) =>
    Math.floor((instantMs - publishDelayMs) / intervalMs);

  const cached = async <Value>(
    key: string,
    callerSignal: AbortSignal,
    load: (signal: AbortSignal) => Promise<Value>,
    intervalOf: (value: Value) => number,
  ): Promise<Value> => {
    callerSignal.throwIfAborted();
    const nowMs = clock.now();
    const known = entries.get(key);
    if (known && periodOf(known.fetchedAtMs, known.intervalMs) === periodOf(nowMs, known.intervalMs)) {
      return known.value as Value;
    }
    try {
      const flight = flights.run(key, async () => {
        const value = await load(AbortSignal.timeout(CALL_TIMEOUT_MS));
        entries.set(key, { value, fetchedAtMs: nowMs, intervalMs: intervalOf(value) });
        return value;
      });
      return (await untilAborted(flight, callerSignal)) as Value;
    } catch (error) {
      if (known === undefined || Math.abs(nowMs - known.fetchedAtMs) > STALE_IF_ERROR_MS) throw error;
      return known.value as Value;
    }
  };

  return {
    ...provider,
    get remainingQuota() {
      return provider.remainingQuota;
    },
    statistics: (ids, signal) =>
      cached(
        `statistics ${ids.join()}`,
        signal,
        (flight) => provider.statistics(ids, flight),
        () => STATISTICS_MS,
      ),
    sparklines: (ids, signal) =>
      cached(
        `sparklines ${ids.join()}`,
        signal,
        (flight) => provider.sparklines(ids, flight),
        () => HOUR_MS,
      ),
    closes: (id, interval, signal) =>
      cached(
        `closes ${id} ${interval}`,
        signal,
        (flight) => provider.closes(id, interval, flight),
        () => INTERVAL_MS[interval],
      ),
    // By the first hour that is asked for: a provider may choose its answer by how far back it has to reach.
    candles: (id, query, signal) =>
      cached(
        `candles ${id} ${query.intervalMs} ${query.currency} ${Math.floor(query.fromMs / HOUR_MS)}`,
        signal,
        (flight) => provider.candles(id, query, flight),
        (series) => series?.intervalMs ?? query.intervalMs,
      ),
  };
}

/** Waits for a call of several callers until this one gives up. */
function untilAborted<Value>(call: Promise<Value>, signal: AbortSignal): Promise<Value> {
  const { promise, resolve, reject } = Promise.withResolvers<Value>();
  const giveUp = () => reject(signal.reason);
  signal.addEventListener('abort', giveUp, { once: true });
  call.then(resolve, reject).finally(() => signal.removeEventListener('abort', giveUp));
  return promise;
}
