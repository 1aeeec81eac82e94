/** The trade of one period. Prices and volume are decimal text with all digits of the source. */
export interface Candle {
  /** The start of the period, in milliseconds. */
  readonly openMs: number;
  readonly open: string;
  readonly high: string;
  readonly low: string;
  readonly close: string;
  /** In tokens; null where the source does not tell. */
  readonly volume: string | null;
}

/** The span that a source speaks for, in milliseconds; the end is exclusive. */
export interface Coverage {
  readonly fromMs: number;
  readonly toMs: number;
}

/**
 * The candles of one token in one currency as a source has them, ascending. Within its coverage a period without a
 * candle had no trade; outside of it nothing is known.
 */
export class CandleSeries {
  /** The length of a candle, in milliseconds. */
  readonly intervalMs: number;
  readonly coverage: Coverage;
  /** How many candles the series has. */
  readonly length: number;
  readonly #candles: readonly Candle[];
  readonly #offsetMs: number;

  /** @param coverage - by default from the first candle's start to the last one's end */
  constructor(
    intervalMs: number,
    candles: readonly Candle[],
    coverage: Coverage = {
      fromMs: candles[0]?.openMs ?? 0,
      toMs: (candles.at(-1)?.openMs ?? -intervalMs) + intervalMs,
    },
    { offsetMs = 0, length = candles.length }: { readonly offsetMs?: number; readonly length?: number } = {},
  ) {
    this.intervalMs = intervalMs;
    this.coverage = coverage;
    this.length = length;
    this.#candles = candles;
    this.#offsetMs = offsetMs;
  }

  /** The candle at a position; undefined beyond the ends. */
  at(index: number): Candle | undefined {
    const candle = index < this.length ? this.#candles[index] : undefined;
    if (candle === undefined || this.#offsetMs === 0) return candle;
    return { ...candle, openMs: candle.openMs + this.#offsetMs };
  }

  /** The position of the first candle that opens at an instant or later; the length when there is none. */
  indexFrom(openMs: number): number {
    const wantedMs = openMs - this.#offsetMs;
    let low = 0;
    let high = this.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((this.#candles[middle]?.openMs ?? Number.POSITIVE_INFINITY) < wantedMs) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /**
   * The same candles moved in time, cut to the periods that are over at an instant: what a recorded period that is
   * still running will bring is not known yet. The candles are shared.
   */
  replayed(offsetMs: number, nowMs: number): CandleSeries {
    const endMs = nowMs - offsetMs;
    const overMs = Math.floor((endMs - this.coverage.fromMs) / this.intervalMs) * this.intervalMs;
    const toMs = Math.max(this.coverage.fromMs, Math.min(this.coverage.toMs, this.coverage.fromMs + overMs));
    const coverage = { fromMs: this.coverage.fromMs + offsetMs, toMs: toMs + offsetMs };
    return new CandleSeries(this.intervalMs, this.#candles, coverage, {
      offsetMs,
      length: this.indexFrom(toMs),
    });
  }
}
