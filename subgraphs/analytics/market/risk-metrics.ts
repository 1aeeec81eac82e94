import { type RiskStatistics, riskStatistics } from '../metrics/risk-statistics.ts';
import { type AnalyticsWindow, WINDOW_RETURNS } from './analytics-window.ts';
import { closeInstantMs, type DayNumber } from './close-table.ts';

/** The type `RiskMetrics` of the SDL. */
export interface RiskMetrics extends Omit<RiskStatistics, 'drawdown'> {
  readonly from: Date;
  readonly to: Date;
  readonly maxDrawdown: number;
  readonly maxDrawdownFrom: Date | null;
  readonly maxDrawdownTo: Date | null;
  readonly benchmark: { readonly id: string };
}

export interface RiskQuestion {
  readonly window: AnalyticsWindow;
  readonly benchmarkTokenId: string;
  /** A fraction a year. */
  readonly riskFreeRate: number;
}

export interface RiskSeries {
  /** The last closed day: windows end here. */
  readonly lastDay: DayNumber;
  /** The value of a day; NaN when there is none. */
  readonly valueAt: (day: DayNumber) => number;
  readonly benchmarkAt: (day: DayNumber) => number;
}

/**
 * Risk over the longest stretch of days without a gap that ends at the last closed day, at most the window long.
 * A return over a gap would be no daily return.
 *
 * @returns null for fewer than 30 returns
 */
export function riskMetrics(
  { lastDay, valueAt, benchmarkAt }: RiskSeries,
  { window, benchmarkTokenId, riskFreeRate }: RiskQuestion,
): RiskMetrics | null {
  let firstDay = lastDay + 1;
  while (lastDay + 1 - firstDay <= WINDOW_RETURNS[window] && valueAt(firstDay - 1) > 0) firstDay--;
  const days = Array.from({ length: lastDay + 1 - firstDay }, (_, index) => firstDay + index);
  const statistics = riskStatistics({
    closes: Float64Array.from(days, valueAt),
    benchmarkCloses: Float64Array.from(days, benchmarkAt),
    riskFreeRate,
  });
  if (statistics === null) return null;
  const { drawdown, ...figures } = statistics;
  const instantOf = (index: number | null) =>
    index === null ? null : new Date(closeInstantMs(firstDay + index));
  return {
    ...figures,
    from: new Date(closeInstantMs(firstDay)),
    to: new Date(closeInstantMs(lastDay)),
    maxDrawdown: drawdown.depth,
    maxDrawdownFrom: instantOf(drawdown.peakIndex),
    maxDrawdownTo: instantOf(drawdown.bottomIndex),
    benchmark: { id: benchmarkTokenId },
  };
}
