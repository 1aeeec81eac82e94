import type { Decimal } from '../../shared/decimal.ts';
import { BOLLINGER_PERIOD, bollingerBands } from '../metrics/bollinger-bands.ts';
import { ema } from '../metrics/ema.ts';
import { type IndicatorDecimal, roundIndicator, toIndicatorDecimal } from '../metrics/indicator-decimal.ts';
import { MACD_FAST_PERIOD, MACD_SLOW_PERIOD, macd } from '../metrics/macd.ts';
import { rsi } from '../metrics/rsi.ts';
import { sma } from '../metrics/sma.ts';
import { runAtOnce } from '../run-in-slices.ts';
import type { Bar } from './bars.ts';
import { lazy } from './lazy.ts';

const RSI_PERIOD = 14;
/**
 * How many bars exponential averages begin before the last one. What lies further back has a weight of
 * (25/27)^974 < 1e-32 in EMA26, and less in the others: far below the last of the places that are written.
 */
const EXPONENTIAL_BARS = 1000;

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
  /** Computes all of them ahead, in short steps. */
  readonly computeAll: () => Generator<undefined, void>;
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
 * no exact averages, and only results are kept: the numbers that they were made of would weigh far more.
 *
 * @param readBars - makes the bars, ascending in time
 * @returns null when there are no bars
 */
export function technicalIndicators(readBars: () => readonly Bar[]): TechnicalIndicators | null {
  const lastBar = readBars().at(-1);
  if (lastBar === undefined) return null;
  const lastCloses = (count: number) => readBars().slice(-count).map(toClose);
  const smaOf = (period: number) => lazy(() => roundOrNull(sma(lastCloses(period), period)));
  let remembered: ExponentialFigures | undefined;
  function* computeExponential(): Generator<undefined, ExponentialFigures> {
    if (remembered !== undefined) return remembered;
    const closes = lastCloses(EXPONENTIAL_BARS);
    yield;
    const fast = ema(closes, MACD_FAST_PERIOD);
    yield;
    const slow = ema(closes, MACD_SLOW_PERIOD);
    yield;
    remembered = exponentialFigures(fast, slow);
    return remembered;
  }
  const exponential = () => remembered ?? runAtOnce(computeExponential());
  const indicators = {
    barOpenTime: new Date(lastBar.openTimeMs),
    sma20: smaOf(20),
    sma50: smaOf(50),
    sma200: smaOf(200),
    ema12: () => exponential().ema12,
    ema26: () => exponential().ema26,
    rsi14: lazy(() =>
      rsi(
        Float64Array.from(readBars(), ({ close }) => Number(close)),
        RSI_PERIOD,
      ),
    ),
    macd: () => exponential().macd,
    bollinger: lazy(() => bollingerFigures(lastCloses(BOLLINGER_PERIOD))),
  };
  return {
    ...indicators,
    *computeAll() {
      yield* computeExponential();
      for (const compute of [indicators.sma20, indicators.sma50, indicators.sma200]) {
        compute();
        yield;
      }
      indicators.rsi14();
      indicators.bollinger();
    },
  };
}

function toClose({ close }: Bar): IndicatorDecimal {
  return toIndicatorDecimal(close);
}

interface ExponentialFigures {
  readonly ema12: Decimal | null;
  readonly ema26: Decimal | null;
  readonly macd: MacdFigures | null;
}

/** Figures that rest on exponential averages, together: all of them are made of the same two series. */
function exponentialFigures(
  fast: readonly IndicatorDecimal[],
  slow: readonly IndicatorDecimal[],
): ExponentialFigures {
  const values = macd(fast, slow);
  return {
    ema12: roundOrNull(fast.at(-1)),
    ema26: roundOrNull(slow.at(-1)),
    macd:
      values === undefined
        ? null
        : {
            line: roundIndicator(values.line),
            signal: roundOrNull(values.signal),
            histogram: roundOrNull(values.histogram),
          },
  };
}

function bollingerFigures(closes: readonly IndicatorDecimal[]): BollingerFigures | null {
  const values = bollingerBands(closes);
  if (values === undefined) return null;
  const { upper, middle, lower, percentB } = values;
  return {
    upper: roundIndicator(upper),
    middle: roundIndicator(middle),
    lower: roundIndicator(lower),
    percentB,
  };
}

function roundOrNull(value: IndicatorDecimal | null | undefined): Decimal | null {
  return value == null ? null : roundIndicator(value);
}
