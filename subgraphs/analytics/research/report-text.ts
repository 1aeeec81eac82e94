import type { TokenRecord } from '../../shared/market-copy.ts';
import { barsOf } from '../market/bars.ts';
import type { CloseTable, DailyCloses } from '../market/close-table.ts';
import { priceLevels } from '../market/price-levels.ts';
import { riskMetrics } from '../market/risk-metrics.ts';
import { SIGNAL_MODEL, tradedDays } from '../market/trading-signal.ts';
import { mean } from '../metrics/mean.ts';
import { RULE_PERIOD, trendProbability } from '../metrics/moving-average-rule.ts';
import { rsi } from '../metrics/rsi.ts';
import type { TrendReversal } from './trend-reversals.ts';

const RSI_PERIOD = 14;
const BENCHMARK = 'bitcoin';

const amounts = new Intl.NumberFormat('en-US', { maximumSignificantDigits: 6 });
const percents = new Intl.NumberFormat('en-US', { style: 'percent', maximumFractionDigits: 1 });
const ratios = new Intl.NumberFormat('en-US', { maximumFractionDigits: 2 });

/** What a report is written from. */
export interface ReportSubject {
  readonly token: TokenRecord;
  readonly daily: DailyCloses;
  readonly closes: CloseTable;
  readonly reversal: TrendReversal;
}

/** The title and the summary of a report, as plain text. */
export function reportHeadline({ token, daily, reversal }: ReportSubject): {
  title: string;
  summary: string;
} {
  const { day, direction, previousDay, averagedDays } = reversal;
  const side = direction === 'BULLISH' ? 'above' : 'below';
  const close = daily.numberAt(day);
  const average = mean(averagedDays.map((averaged) => daily.numberAt(averaged)));
  const change = percents.format(close / daily.numberAt(previousDay) - 1);
  return {
    title: `${token.name} closes ${side} its ${RULE_PERIOD}-day average`,
    summary:
      `${token.name} (${token.symbol}) closed at ${amounts.format(close)} US dollars, ` +
      `${percents.format(Math.abs(close / average - 1))} ${side} its ${RULE_PERIOD}-day average of ` +
      `${amounts.format(average)}. The moving average rule turns ${direction.toLowerCase()} after ` +
      `${day - previousDay} days, in which the price changed by ${change}.`,
  };
}

/** The whole report as CommonMark, from closes up to the day of the reversal alone. */
export function reportBody(subject: ReportSubject): string {
  const { title, summary } = reportHeadline(subject);
  return [
    `# ${escapeMarkdown(title)}`,
    escapeMarkdown(summary),
    '## Signal',
    signalLines(subject).join('\n'),
    '## Risk',
    riskLines(subject).join('\n'),
    '## Levels',
    levelLines(subject).join('\n'),
    '## Method',
    'Written from figures by template. The direction is that of the moving average rule \\(1, 200, 1%\\) of Brock, ' +
      'Lakonishok and LeBaron \\(1992\\); the levels are swing points of the last 365 closes. All figures rest on ' +
      `daily closes in US dollars up to the day of the report. Model \`${SIGNAL_MODEL}\`. Not advice.`,
    '',
  ].join('\n\n');
}

function signalLines({ daily, reversal: { day } }: ReportSubject): string[] {
  const { closes } = tradedDays(daily, day);
  const strength = rsi(closes, RSI_PERIOD);
  return [
    `- Probability that a random walk would stand nearer to its average: ${percents.format(trendProbability(closes, closes.length - 1))}`,
    `- Relative strength index of ${RSI_PERIOD} days: ${ratios.format(strength as number)}`,
  ];
}

function riskLines({ token, daily, closes, reversal: { day } }: ReportSubject): string[] {
  const benchmark = closes.get(BENCHMARK);
  const risk = riskMetrics(
    {
      lastDay: day,
      valueAt: (at) => daily.numberAt(at),
      benchmarkAt: (at) => benchmark?.numberAt(at) ?? Number.NaN,
    },
    { window: 'DAYS_365', benchmarkTokenId: BENCHMARK, riskFreeRate: 0 },
  );
  if (risk === null) return ['- Fewer than 30 daily returns without a gap: no statistics.'];
  return [
    `- Return over ${risk.observations} days: ${percents.format(risk.totalReturn)}`,
    `- Annualised volatility: ${percents.format(risk.annualizedVolatility)}`,
    `- Deepest fall from a peak: ${percents.format(risk.maxDrawdown)}`,
    ...(risk.sharpeRatio === null ? [] : [`- Sharpe ratio: ${ratios.format(risk.sharpeRatio)}`]),
    ...(risk.beta === null || token.id === BENCHMARK
      ? []
      : [`- Beta to ${BENCHMARK}: ${ratios.format(risk.beta)}`]),
  ];
}

function levelLines({ daily, reversal: { day } }: ReportSubject): string[] {
  const levels = priceLevels(barsOf(daily, 'ONE_DAY', day));
  if (levels.length === 0) return ['- No price at which closes turned more than once.'];
  return levels.map(
    ({ kind, price, touches }) =>
      `- ${kind === 'SUPPORT' ? 'Support' : 'Resistance'} at ${amounts.format(price.amount.toNumber())}, ${touches} touches`,
  );
}

/** Escapes ASCII punctuation that CommonMark gives a meaning (section 2.4): names come from outside. */
function escapeMarkdown(text: string): string {
  return text.replace(/[\\`*_{}[\]<>()#+!|~&-]/g, '\\$&');
}
