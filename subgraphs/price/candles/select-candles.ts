import { startOfPeriod } from './candle-interval.ts';
import type { Candle, CandleSeries } from './candle-series.ts';
import { mergeCandles } from './merge-candles.ts';

/** A candle as it is served. */
export interface ServedCandle extends Candle {
  /** Whether the period is over. */
  readonly closed: boolean;
  /** Whether there was no trade and the candle repeats the close before. */
  readonly filled: boolean;
}

export interface CandleSelection {
  /** The length of a candle, in milliseconds: that of the series, or a multiple of it. */
  readonly intervalMs: number;
  /** The first instant, in milliseconds; its whole period is taken. */
  readonly fromMs: number;
  /** The end in milliseconds, exclusive: candles that open at it or later are not taken. */
  readonly toMs: number;
  /** Whether periods without a trade become flat candles, once there was a trade before them. */
  readonly fillGaps: boolean;
  /** The most candles, counted from the start. */
  readonly limit: number;
  readonly nowMs: number;
}

/**
 * Cuts candles out of a series, merging them where a longer period is asked for.
 *
 * A period is served when the source speaks for all of it, or for all of it up to now: half a day at the edge of a
 * recording would have an open and a volume that are not the day's. A running period is never filled, since it may
 * yet see a trade.
 */
export function selectCandles(series: CandleSeries, selection: CandleSelection): ServedCandle[] {
  const { intervalMs, fillGaps, limit, nowMs } = selection;
  const { fromMs, toMs } = periodsToServe(series, selection);
  const served: ServedCandle[] = [];
  let index = series.indexFrom(fromMs);
  let lastClose = series.at(index - 1)?.close;

  for (let openMs = fromMs; openMs < toMs && served.length < limit; openMs += intervalMs) {
    const endMs = openMs + intervalMs;
    const closed = endMs <= nowMs;
    const first = series.at(index);
    if (first === undefined || first.openMs >= endMs) {
      if (fillGaps) {
        if (lastClose !== undefined && closed) served.push(flatCandle(openMs, lastClose));
        continue;
      }
      // Nothing to say before the next trade.
      if (first === undefined) break;
      openMs = startOfPeriod(first.openMs, intervalMs) - intervalMs;
      continue;
    }
    const rest: Candle[] = [];
    for (index += 1; ; index += 1) {
      const candle = series.at(index);
      if (candle === undefined || candle.openMs >= endMs) break;
      rest.push(candle);
    }
    const candle = mergeCandles(openMs, first, rest);
    lastClose = candle.close;
    served.push({ ...candle, closed, filled: false });
  }
  return served;
}

/** The borders between which periods are covered: the start of the first one, and an instant after the start of the last. */
function periodsToServe(
  { coverage, intervalMs: nativeMs }: CandleSeries,
  { intervalMs, fromMs, toMs, nowMs }: CandleSelection,
): { readonly fromMs: number; readonly toMs: number } {
  const firstMs = startOfPeriod(coverage.fromMs + intervalMs - 1, intervalMs);
  // The source has told everything up to now when no whole candle of its own is missing.
  const isUpToDate = coverage.toMs + nativeMs > nowMs;
  const endMs = isUpToDate ? coverage.toMs : startOfPeriod(coverage.toMs, intervalMs);
  return { fromMs: Math.max(firstMs, startOfPeriod(fromMs, intervalMs)), toMs: Math.min(endMs, toMs) };
}

function flatCandle(openMs: number, close: string): ServedCandle {
  return {
    openMs,
    open: close,
    high: close,
    low: close,
    close,
    volume: '0',
    closed: true,
    filled: true,
  };
}
