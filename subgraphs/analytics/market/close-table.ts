import { DAY_MS } from '../../shared/clock.ts';
import { Decimal } from '../../shared/decimal.ts';
import type { CloseSeries } from '../../shared/market-copy.ts';
import type { PeriodCloses } from './bars.ts';

/** A UTC day as the number of days since 1970-01-01. */
export type DayNumber = number;

/** When a day's close was: the end of the day, in milliseconds since the epoch. */
export function closeInstantMs(day: DayNumber): number {
  return (day + 1) * DAY_MS;
}

/** The daily closes of one token in US dollars: text for exact work, doubles for statistics. */
export class DailyCloses implements PeriodCloses {
  readonly firstDay: DayNumber;
  readonly #values: readonly (string | null)[];
  #numbers: Float64Array | undefined;

  constructor({ from, values }: CloseSeries) {
    this.firstDay = Date.parse(from) / DAY_MS;
    this.#values = values;
  }

  get lastDay(): DayNumber {
    return this.firstDay + this.#values.length - 1;
  }

  get firstPeriod(): DayNumber {
    return this.firstDay;
  }

  get lastPeriod(): DayNumber {
    return this.lastDay;
  }

  /** The close of a day as decimal text; undefined when the token was not traded that day. */
  textAt(day: DayNumber): string | undefined {
    return this.#values[day - this.firstDay] ?? undefined;
  }

  /** The close of a day as a double; NaN when there is none that a return could be computed from. */
  numberAt(day: DayNumber): number {
    this.#numbers ??= Float64Array.from(this.#values, toPositiveNumber);
    return this.#numbers[day - this.firstDay] ?? Number.NaN;
  }

  /** The first day with a close; undefined for none at all. */
  get firstTradedDay(): DayNumber | undefined {
    const index = this.#values.findIndex((value) => value !== null);
    return index === -1 ? undefined : this.firstDay + index;
  }

  /** The last close up to a day, that day included; undefined before the first one. */
  lastUpTo(day: DayNumber): Decimal | undefined {
    for (let at = Math.min(day, this.lastDay); at >= this.firstDay; at--) {
      const text = this.textAt(at);
      if (text !== undefined) return new Decimal(text);
    }
    return undefined;
  }
}

function toPositiveNumber(text: string | null): number {
  const value = text === null ? Number.NaN : Number(text);
  return value > 0 ? value : Number.NaN;
}

/** All daily closes of one version of the price subgraph's document. Doubles are parsed by token, on first use. */
export class CloseTable {
  readonly #byToken = new Map<string, DailyCloses>();
  /** The last closed day; all windows end here. */
  readonly lastDay: DayNumber;

  constructor(closes: Readonly<Record<string, CloseSeries>>) {
    let lastDay = Number.NEGATIVE_INFINITY;
    for (const [tokenId, series] of Object.entries(closes)) {
      const daily = new DailyCloses(series);
      this.#byToken.set(tokenId, daily);
      lastDay = Math.max(lastDay, daily.lastDay);
    }
    this.lastDay = lastDay;
  }

  /** The closes of all tokens that have any. */
  get byToken(): ReadonlyMap<string, DailyCloses> {
    return this.#byToken;
  }

  get(tokenId: string): DailyCloses | undefined {
    return this.#byToken.get(tokenId);
  }
}
