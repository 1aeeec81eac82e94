import { type BarColumns, barColumnsOf } from './bar-columns.ts';
import { type BarInterval, barsOf, type PeriodCloses } from './bars.ts';
import { type TechnicalIndicators, technicalIndicators } from './technical-indicators.ts';

/**
 * Figures of bars of some lengths, each computed once for a version of the closes. They die with that version, so that
 * nothing has to be invalidated.
 */
export class BarFigures {
  readonly #closes: ReadonlyMap<string, PeriodCloses>;
  readonly #intervals: readonly BarInterval[];
  readonly #indicators = new Map<string, TechnicalIndicators | null>();
  readonly #columns = new Map<string, BarColumns>();

  /**
   * @param closes - by token
   * @param intervals - the lengths of bars that these closes make
   */
  constructor(closes: ReadonlyMap<string, PeriodCloses>, intervals: readonly BarInterval[]) {
    this.#closes = closes;
    this.#intervals = intervals;
  }

  /** @returns null when the token has no closed bar */
  indicatorsOf(tokenId: string, interval: BarInterval): TechnicalIndicators | null {
    return this.#once(this.#indicators, tokenId, interval, (closes) =>
      technicalIndicators(() => barsOf(closes, interval)),
    );
  }

  /** @returns null when the token has no closes */
  columnsOf(tokenId: string, interval: BarInterval): BarColumns | null {
    return this.#once(this.#columns, tokenId, interval, (closes) => barColumnsOf(barsOf(closes, interval)));
  }

  /** Computes all figures of all tokens, in many short steps, so that asking for them is looking them up. */
  *computeAll(): Generator<undefined, void> {
    for (const tokenId of this.#closes.keys()) {
      for (const interval of this.#intervals) {
        this.columnsOf(tokenId, interval);
        yield;
        const indicators = this.indicatorsOf(tokenId, interval);
        yield;
        if (indicators !== null) yield* indicators.computeAll();
        yield;
      }
    }
  }

  /** Looks a figure up, or computes it now; only tokens with closes get an entry, so that tables stay bounded. */
  #once<Figure>(
    table: Map<string, Figure>,
    tokenId: string,
    interval: BarInterval,
    compute: (closes: PeriodCloses) => Figure,
  ): Figure | null {
    const closes = this.#closes.get(tokenId);
    if (closes === undefined) return null;
    const key = `${interval} ${tokenId}`;
    let figure = table.get(key);
    if (figure === undefined) {
      figure = compute(closes);
      table.set(key, figure);
    }
    return figure;
  }
}
