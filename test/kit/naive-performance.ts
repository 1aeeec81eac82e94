import type { LedgerEntry } from '../../subgraphs/analytics/portfolio/representation.ts';
import { DAY_MS } from '../../subgraphs/shared/clock.ts';
import type { CloseSeries } from '../../subgraphs/shared/market-copy.ts';

export interface NaivePerformanceQuestion {
  readonly ledger: readonly LedgerEntry[];
  readonly series: Readonly<Record<string, CloseSeries>>;
  /** USD or BTC. */
  readonly currency: string;
  /** The day that begins when the last closed day ends. */
  readonly endDay: number;
  /** The day that begins at the start of the span, by the day on which the ledger begins to have a value. */
  readonly fromDay: (beginDay: number) => number;
}

/** Performance computed in another way: in doubles, and each midnight looks at the whole ledger anew. */
export function naivePerformance({ ledger, series, currency, endDay, fromDay }: NaivePerformanceQuestion) {
  const closeUpTo = (token: string, day: number): number => {
    const { from, values } = series[token] as CloseSeries;
    const last = day - Date.parse(from) / DAY_MS;
    return Number(values.findLast((value, index) => index <= last && value !== null));
  };
  const priceUpTo = (token: string, day: number) =>
    currency === 'USD' ? closeUpTo(token, day) : closeUpTo(token, day) / closeUpTo('bitcoin', day);
  const firstMidnight = (token: string) => {
    const { from, values } = series[token] as CloseSeries;
    return Date.parse(from) / DAY_MS + values.findIndex((value) => value !== null) + 1;
  };
  const tokens = Object.keys(series).filter((token) => ledger.some((one) => one.token === token));
  const heldAt = (token: string, midnight: number) =>
    ledger
      .filter((one) => one.token === token && one.at < midnight * DAY_MS)
      .reduce((sum, { quantityDelta }) => sum + Number(quantityDelta), 0);
  const valueAt = (midnight: number) =>
    tokens
      .filter((token) => midnight > firstMidnight(token))
      .reduce((sum, token) => sum + heldAt(token, midnight) * priceUpTo(token, midnight - 1), 0);
  const flowOf = (day: number) =>
    tokens.reduce((sum, token) => {
      const first = firstMidnight(token);
      const isEntry = (one: LedgerEntry) =>
        one.token === token && one.at >= first * DAY_MS && Math.floor(one.at / DAY_MS) === day;
      const flows = ledger.filter(isEntry).reduce((total, one) => total + Number(one.externalFlow), 0);
      return sum + flows + (day === first ? heldAt(token, first) * priceUpTo(token, first - 1) : 0);
    }, 0);

  const begins = ledger
    .filter(({ token }) => tokens.includes(token))
    .map(({ at, token }) => Math.max(Math.floor(at / DAY_MS), firstMidnight(token)));
  const start = Math.min(endDay, fromDay(Math.min(...begins)));
  const values = [valueAt(start)];
  const flows = [0];
  let growth = 1;
  const cumulative = [0];
  // How much the subtraction of a flow costs in digits; the less is left at work, the more.
  let leastAtWork = 1;
  for (let day = start; day < endDay; day++) {
    const flow = flowOf(day);
    const before = values.at(-1) as number;
    const base = before + flow;
    const value = valueAt(day + 1);
    if (base > 0 && !(value === 0 && flow < 0)) growth *= value / base;
    if (base !== 0) leastAtWork = Math.min(leastAtWork, Math.abs(base) / (Math.abs(before) + Math.abs(flow)));
    flows.push(flow);
    values.push(value);
    cumulative.push(growth - 1);
  }
  const netFlows = flows.reduce((sum, flow) => sum + flow);
  return { start, end: endDay, values, flows, netFlows, cumulative, leastAtWork };
}
