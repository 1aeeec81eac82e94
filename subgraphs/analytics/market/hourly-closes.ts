import { HOUR_MS } from '../../shared/clock.ts';
import type { CloseSeries } from '../../shared/market-copy.ts';
import type { PeriodCloses, PeriodNumber } from './bars.ts';

/** The hourly closes of one token in US dollars. */
export class HourlyCloses implements PeriodCloses {
  readonly firstPeriod: PeriodNumber;
  readonly #values: readonly (string | null)[];

  constructor({ from, values }: CloseSeries) {
    this.firstPeriod = Date.parse(from) / HOUR_MS;
    this.#values = values;
  }

  get lastPeriod(): PeriodNumber {
    return this.firstPeriod + this.#values.length - 1;
  }

  textAt(period: PeriodNumber): string | undefined {
    return this.#values[period - this.firstPeriod] ?? undefined;
  }
}

/** The hourly closes of the tokens that have any, by token. */
export function hourlyClosesOf(closes: Readonly<Record<string, CloseSeries>>): Map<string, HourlyCloses> {
  return new Map(Object.entries(closes).map(([tokenId, series]) => [tokenId, new HourlyCloses(series)]));
}
