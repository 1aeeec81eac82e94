import type { Decimal } from '../../shared/decimal.ts';
import { bollingerBands } from '../metrics/bollinger-bands.ts';
import { ema } from '../metrics/ema.ts';
import { type IndicatorDecimal, roundIndicator, toIndicatorDecimal } from '../metrics/indicator-decimal.ts';
import { macd } from '../metrics/macd.ts';
import { rsi } from '../metrics/rsi.ts';
import { sma } from '../metrics/sma.ts';
import type { Bar } from './bars.ts';
import { lazy } from './lazy.ts';

const RSI_PERIOD = 14;

/** The type `TechnicalIndicators` of the SDL; each figure is computed when it is first asked for. */
export interface TechnicalIndicators {
  readonly barOpenTime: Date;
  readonly sma20: () => Decimal | null;
  readonly sma50: () => Decimal | null;
  readonly sma200: () => Decimal | null;
  readonly ema12: () => Decimal | null;
  readonly ema26: () => Decimal | null;
  readonly rsi14: () => number | null;
  readonly macd: () => MacdFigures | null;
  readonly bollinger: () => BollingerFigures | null;
}

export interface MacdFigures {
  readonly line: Decimal;
  readonly signal: Decimal | null;
  readonly histogram: Decimal | null;
}

export interface BollingerFigures {
  readonly upper: Decimal;
  readonly middle: Decimal;
  readonly lower: Decimal;
  readonly percentB: number | null;
}

/**
 * The customary indicators at the last closed bar. A market screen that asks fifty tokens for RSI alone pays for
 * no exact averages.
 *
 * @param bars - ascending in time
 * @returns null when there are no bars
 */
export function technicalIndicators(bars: readonly Bar[]): TechnicalIndicators | null {
  const lastBar = bars.at(-1);
  if (lastBar === undefined) return null;
  const closes = lazy(() => bars.map(({ close }) => toIndicatorDecimal(close)));
  const smaOf = (period: number) => lazy(() => roundOrNull(sma(closes(), period)));
  const emaOf = (period: number) => lazy(() => roundOrNull(ema(closes(), period).at(-1)));
  return {
    barOpenTime: new Date(lastBar.openTimeMs),
    sma20: smaOf(20),
    sma50: smaOf(50),
    sma200: smaOf(200),
    ema12: emaOf(12),
    ema26: emaOf(26),
    rsi14: lazy(() =>
      rsi(
        Float64Array.from(bars, ({ close }) => Number(close)),
        RSI_PERIOD,
      ),
    ),
    macd: lazy(() => {
      const values = macd(closes());
      if (values === undefined) return null;
      const { line, signal, histogram } = values;
      return { line: roundIndicator(line), signal: roundOrNull(signal), histogram: roundOrNull(histogram) };
    }),
    bollinger: lazy(() => {
      const values = bollingerBands(closes());
      if (values === undefined) return null;
      const { upper, middle, lower, percentB } = values;
      return {
        upper: roundIndicator(upper),
        middle: roundIndicator(middle),
        lower: roundIndicator(lower),
        percentB,
      };
    }),
  };
}

function roundOrNull(value: IndicatorDecimal | null | undefined): Decimal | null {
  return value == null ? null : roundIndicator(value);
}
