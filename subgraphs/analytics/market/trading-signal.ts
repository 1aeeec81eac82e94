import { Decimal } from '../../shared/decimal.ts';
import {
  type Direction,
  movingAverageRule,
  RULE_PERIOD,
  trendProbability,
} from '../metrics/moving-average-rule.ts';
import { closeInstantMs, type DailyCloses, type DayNumber } from './close-table.ts';
import { DOCUMENT_CURRENCY } from './quote-assets.ts';

/** Names the rule and its parameters; changes with either. */
export const SIGNAL_MODEL = 'vma-1-200-1pct/1';

/** The type `TradingSignal` of the SDL. */
export interface TradingSignal {
  readonly direction: Direction;
  /** 0 to 1, of `trendProbability`; 0 without a view. */
  readonly confidence: number;
  readonly since: Date;
  readonly priceAtSignal: { readonly amount: Decimal; readonly currency: string };
  /** A fraction; a fall earns what it falls, no view earns nothing. */
  readonly returnSince: number;
  readonly modelVersion: string;
  /** The end of the day whose close it was computed at. */
  readonly asOf: Date;
}

/** Which way each direction bets. */
const POSITIONS: Readonly<Record<Direction, number>> = { BULLISH: 1, NEUTRAL: 0, BEARISH: -1 };

/**
 * The signal of the moving average rule (`movingAverageRule`) at a day's close. A bet on a fall is a short sale of
 * the same size without interest: it earns 1 - P / P_0.
 *
 * @param day - 199 days with closes must come before it
 * @returns null when there are too few closes, or none on that day
 */
export function tradingSignal(daily: DailyCloses, day: DayNumber): TradingSignal | null {
  const { days, closes } = tradedDays(daily, day);
  const last = closes.length - 1;
  if (closes.length < RULE_PERIOD || days[last] !== day) return null;
  const direction = movingAverageRule(closes, last);
  let start = last;
  while (start >= RULE_PERIOD && movingAverageRule(closes, start - 1) === direction) start--;
  const startDay = days[start] as DayNumber;
  const growth = (closes[last] as number) / (closes[start] as number) - 1;
  return {
    direction,
    confidence: direction === 'NEUTRAL' ? 0 : trendProbability(closes, last),
    since: new Date(closeInstantMs(startDay)),
    priceAtSignal: { amount: new Decimal(daily.textAt(startDay) as string), currency: DOCUMENT_CURRENCY },
    returnSince: direction === 'NEUTRAL' ? 0 : POSITIONS[direction] * growth,
    modelVersion: SIGNAL_MODEL,
    asOf: new Date(closeInstantMs(day)),
  };
}

/** The days up to one on which the token was traded, with their closes. */
export function tradedDays(
  daily: DailyCloses,
  lastDay: DayNumber,
): { readonly days: readonly DayNumber[]; readonly closes: Float64Array } {
  const days: DayNumber[] = [];
  for (let day = daily.firstDay; day <= Math.min(lastDay, daily.lastDay); day++) {
    if (daily.numberAt(day) > 0) days.push(day);
  }
  return { days, closes: Float64Array.from(days, (day) => daily.numberAt(day)) };
}
