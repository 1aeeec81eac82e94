import { bollingerSeries } from '../metrics/bollinger-series.ts';
import { macdSeries } from '../metrics/macd-series.ts';
import { emaSeries, smaSeries } from '../metrics/moving-average-series.ts';
import { rsiSeries } from '../metrics/rsi.ts';
import type { BarColumns } from './bar-columns.ts';

/** An indicator and over how many bars; names as in the SDL. */
export interface IndicatorQuestion {
  readonly kind: 'SMA' | 'EMA' | 'RSI' | 'MACD' | 'BOLLINGER';
  readonly period: number;
}

/** The type `IndicatorPoint` of the SDL; null where there are too few bars for a value. */
export interface IndicatorPoint {
  readonly barOpenTime: Date;
  readonly value: number | null;
  readonly upper: number | null;
  readonly lower: number | null;
}

/** One value a close that went in; `upper` and `lower` of indicators that have them. */
interface IndicatorColumns {
  readonly value: Float64Array;
  readonly upper?: Float64Array;
  readonly lower?: Float64Array;
}

/** How each indicator is computed, and from how many closes: all of them where the past never quite fades. */
const INDICATORS: Readonly<
  Record<
    IndicatorQuestion['kind'],
    {
      readonly isRecursive: boolean;
      readonly compute: (closes: Float64Array, period: number) => IndicatorColumns;
    }
  >
> = {
  SMA: { isRecursive: false, compute: (closes, period) => ({ value: smaSeries(closes, period) }) },
  EMA: { isRecursive: true, compute: (closes, period) => ({ value: emaSeries(closes, period) }) },
  RSI: { isRecursive: true, compute: (closes, period) => ({ value: rsiSeries(closes, period) }) },
  MACD: {
    isRecursive: true,
    compute(closes) {
      const { line, signal, histogram } = macdSeries(closes);
      return { value: line, upper: signal, lower: histogram };
    },
  },
  BOLLINGER: {
    isRecursive: false,
    compute(closes, period) {
      const { middle, upper, lower } = bollingerSeries(closes, period);
      return { value: middle, upper, lower };
    },
  },
};

/**
 * The history of an indicator at the last bars, on doubles.
 *
 * @param bars - all closed bars of a token
 * @param last - how many points; fewer come back when there are fewer bars
 * @returns ascending in time
 */
export function indicatorSeries(
  { openTimesMs, closes }: BarColumns,
  { kind, period }: IndicatorQuestion,
  last: number,
): IndicatorPoint[] {
  const { isRecursive, compute } = INDICATORS[kind];
  const needed = isRecursive ? closes : closes.subarray(-(last + period - 1));
  const columns = compute(needed, period);
  const skipped = closes.length - needed.length;
  const first = Math.max(0, closes.length - last);
  return Array.from(openTimesMs.subarray(first), (openTimeMs, index) => {
    const at = first + index - skipped;
    return {
      barOpenTime: new Date(openTimeMs),
      value: numberOrNull(columns.value[at]),
      upper: numberOrNull(columns.upper?.[at]),
      lower: numberOrNull(columns.lower?.[at]),
    };
  });
}

function numberOrNull(value: number | undefined): number | null {
  return value === undefined || Number.isNaN(value) ? null : value;
}
