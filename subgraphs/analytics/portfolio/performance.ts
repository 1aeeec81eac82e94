import { DAY_MS } from '../../shared/clock.ts';
import { type Decimal, sumDecimals } from '../../shared/decimal.ts';
import { closesInCurrency } from '../market/closes-in-currency.ts';
import type { MarketData } from '../market/market-data.ts';
import { isSupportedCurrency } from '../market/quote-assets.ts';
import { timeWeightedReturn } from '../metrics/time-weighted-return.ts';
import { xirr } from '../metrics/xirr.ts';
import { type PerformanceRange, performanceSpan } from './performance-span.ts';
import type { PortfolioLedger } from './representation.ts';
import { type DailyValuation, dailyValuations, valuedLedger } from './valued-ledger.ts';

interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

/** The type `PortfolioPerformance` of the SDL; returns are fractions. */
export interface PortfolioPerformance {
  readonly from: Date;
  readonly to: Date;
  readonly startValue: Money;
  readonly endValue: Money;
  readonly netFlows: Money;
  readonly gain: Money;
  readonly timeWeightedReturn: number | null;
  readonly moneyWeightedReturn: number | null;
  readonly series: readonly {
    readonly at: Date;
    readonly value: Money;
    readonly cumulativeReturn: number;
  }[];
}

/**
 * What a portfolio earned over a span: money exact, returns as doubles.
 *
 * The ledger holds no cash: a purchase is money put in, a sale money taken out; rewards and fees are performance.
 *
 * @returns null when no entry of the ledger can be valued, or the base currency is not supported
 */
export function portfolioPerformance(
  { baseCurrency, ledger }: PortfolioLedger,
  range: PerformanceRange,
  market: MarketData,
): PortfolioPerformance | null {
  if (!isSupportedCurrency(baseCurrency)) return null;
  const closes = closesInCurrency(market.closes, baseCurrency);
  const entries = valuedLedger(ledger, closes);
  const firstEntry = entries[0];
  if (firstEntry === undefined) return null;
  const span = performanceSpan(range, closes.lastDay, firstEntry.at);
  const valuations = dailyValuations(entries, span, closes);
  const { cumulative, hasReturn } = timeWeightedReturn(subPeriodsOf(valuations));

  const money = (amount: Decimal): Money => ({ amount, currency: baseCurrency });
  const startValue = (valuations[0] as DailyValuation).value;
  const endValue = (valuations.at(-1) as DailyValuation).value;
  const netFlows = sumDecimals(valuations.map(({ flow }) => flow));
  return {
    from: new Date(span.from * DAY_MS),
    to: new Date(span.to * DAY_MS),
    startValue: money(startValue),
    endValue: money(endValue),
    netFlows: money(netFlows),
    gain: money(endValue.minus(startValue).minus(netFlows)),
    timeWeightedReturn: hasReturn ? (cumulative.at(-1) ?? null) : null,
    moneyWeightedReturn: moneyWeightedReturn(valuations),
    series: valuations.map(({ at, value }, index) => ({
      at: new Date(at * DAY_MS),
      value: money(value),
      cumulativeReturn: index === 0 ? 0 : (cumulative[index - 1] as number),
    })),
  };
}

/** Days are sub-periods: chaining a day without a flow changes nothing, and the series needs each day's end. */
function subPeriodsOf(valuations: readonly DailyValuation[]) {
  return valuations.slice(1).map(({ value, flow }, index) => ({
    base: (valuations[index] as DailyValuation).value.plus(flow).toNumber(),
    endValue: value.toNumber(),
    isClosedOut: value.isZero() && flow.isNegative(),
  }));
}

/** XIRR of the start value put in, the flows on their days, and the end value taken out. */
function moneyWeightedReturn(valuations: readonly DailyValuation[]): number | null {
  const first = valuations[0] as DailyValuation;
  const last = valuations.at(-1) as DailyValuation;
  const flows = valuations.slice(1).map(({ at, flow }) => ({ day: at - 1, amount: -flow.toNumber() }));
  return xirr([
    { day: first.at, amount: -first.value.toNumber() },
    ...flows.filter(({ amount }) => amount !== 0),
    { day: last.at, amount: last.value.toNumber() },
  ]);
}
