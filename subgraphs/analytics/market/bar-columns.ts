import type { Bar } from './bars.ts';

/** Closed bars in columns of doubles, for statistics; ascending in time. */
export interface BarColumns {
  /** In milliseconds since the epoch. */
  readonly openTimesMs: Float64Array;
  readonly closes: Float64Array;
}

/** Puts bars into columns. */
export function barColumnsOf(bars: readonly Bar[]): BarColumns {
  return {
    openTimesMs: Float64Array.from(bars, ({ openTimeMs }) => openTimeMs),
    closes: Float64Array.from(bars, ({ close }) => Number(close)),
  };
}
