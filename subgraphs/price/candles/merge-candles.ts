import { Decimal, sumDecimals } from '../../shared/decimal.ts';
import type { Candle } from './candle-series.ts';

/**
 * Makes one candle of those of a longer period, ascending: the first open, the highest high, the lowest low, the last
 * close, the exact sum of the volumes (null when one of them is not known). Prices keep the text of the source.
 *
 * @param openMs - the start of the longer period, in milliseconds
 */
export function mergeCandles(openMs: number, first: Candle, rest: readonly Candle[]): Candle {
  let { high, low, close, volume } = first;
  if (rest.length === 0) return first.openMs === openMs ? first : { ...first, openMs };
  let highest = new Decimal(high);
  let lowest = new Decimal(low);
  for (const candle of rest) {
    const candleHigh = new Decimal(candle.high);
    const candleLow = new Decimal(candle.low);
    if (candleHigh.greaterThan(highest)) {
      highest = candleHigh;
      high = candle.high;
    }
    if (candleLow.lessThan(lowest)) {
      lowest = candleLow;
      low = candle.low;
    }
    close = candle.close;
  }
  volume = sumVolumes([first, ...rest]);
  return { openMs, open: first.open, high, low, close, volume };
}

function sumVolumes(candles: readonly Candle[]): string | null {
  const volumes = candles.map(({ volume }) => volume).filter((volume) => volume !== null);
  if (volumes.length < candles.length) return null;
  return sumDecimals(volumes.map((volume) => new Decimal(volume))).toFixed();
}
