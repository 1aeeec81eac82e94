import { LRUCache } from 'lru-cache';
import { type BarColumns, barColumnsOf } from './bar-columns.ts';
import { BAR_INTERVALS, type BarInterval, barsOf } from './bars.ts';
import type { CloseTable, DailyCloses } from './close-table.ts';
import { type PriceLevel, priceLevels } from './price-levels.ts';
import { type RiskMetrics, type RiskQuestion, riskMetrics } from './risk-metrics.ts';
import { type TechnicalIndicators, technicalIndicators } from './technical-indicators.ts';
import { type TradingSignal, tradingSignal } from './trading-signal.ts';

/** Many tokens times a few questions; callers choose the risk-free rate, so the number of questions has no bound. */
const MAX_REMEMBERED_RISKS = 5000;

/**
 * Figures derived from one version of the closes, each computed once. The table dies with its version, so that
 * nothing has to be invalidated.
 */
export class TokenFigures {
  readonly #closes: CloseTable;
  readonly #indicators = new Map<string, TechnicalIndicators | null>();
  readonly #barColumns = new Map<string, BarColumns>();
  readonly #levels = new Map<string, readonly PriceLevel[]>();
  readonly #signals = new Map<string, TradingSignal | null>();
  readonly #risks = new LRUCache<string, { readonly metrics: RiskMetrics | null }>({
    max: MAX_REMEMBERED_RISKS,
  });

  constructor(closes: CloseTable) {
    this.#closes = closes;
  }

  /** @returns null when the token has no closed bar */
  indicatorsOf(tokenId: string, interval: BarInterval): TechnicalIndicators | null {
    return this.#once(this.#indicators, tokenId, interval, (daily) =>
      technicalIndicators(() => barsOf(daily, interval)),
    );
  }

  /** @returns null when the token has no closes */
  barColumnsOf(tokenId: string, interval: BarInterval): BarColumns | null {
    return this.#once(this.#barColumns, tokenId, interval, (daily) => barColumnsOf(barsOf(daily, interval)));
  }

  /** @returns null when the token has no closes */
  levelsOf(tokenId: string): readonly PriceLevel[] | null {
    return this.#once(this.#levels, tokenId, 'ONE_DAY', (daily) => priceLevels(barsOf(daily, 'ONE_DAY')));
  }

  /** @returns null when the token has fewer than 200 closes, or none on the last closed day */
  signalOf(tokenId: string): TradingSignal | null {
    return this.#once(this.#signals, tokenId, 'ONE_DAY', (daily) =>
      tradingSignal(daily, this.#closes.lastDay),
    );
  }

  /** @returns null when the token has fewer than 30 returns */
  riskOf(tokenId: string, question: RiskQuestion): RiskMetrics | null {
    const daily = this.#closes.get(tokenId);
    if (daily === undefined) return null;
    const key = JSON.stringify([tokenId, question.window, question.benchmarkTokenId, question.riskFreeRate]);
    let remembered = this.#risks.get(key);
    if (remembered === undefined) {
      const benchmark = this.#closes.get(question.benchmarkTokenId);
      const metrics = riskMetrics(
        {
          lastDay: this.#closes.lastDay,
          valueAt: (day) => daily.numberAt(day),
          benchmarkAt: (day) => benchmark?.numberAt(day) ?? Number.NaN,
        },
        question,
      );
      remembered = { metrics };
      this.#risks.set(key, remembered);
    }
    return remembered.metrics;
  }

  /** Computes all figures that take no question, in many short steps, so that asking for them is looking them up. */
  *computeAll(): Generator<undefined, void> {
    for (const tokenId of this.#closes.tokenIds()) {
      for (const interval of BAR_INTERVALS) {
        this.barColumnsOf(tokenId, interval);
        yield;
        const indicators = this.indicatorsOf(tokenId, interval);
        yield;
        if (indicators !== null) yield* indicators.computeAll();
        yield;
      }
      this.levelsOf(tokenId);
      yield;
      this.signalOf(tokenId);
      yield;
    }
  }

  /** Looks a figure up, or computes it now; only tokens with closes get an entry, so that tables stay bounded. */
  #once<Figure>(
    table: Map<string, Figure>,
    tokenId: string,
    interval: BarInterval,
    compute: (daily: DailyCloses) => Figure,
  ): Figure | null {
    const daily = this.#closes.get(tokenId);
    if (daily === undefined) return null;
    const key = `${interval} ${tokenId}`;
    let figure = table.get(key);
    if (figure === undefined) {
      figure = compute(daily);
      table.set(key, figure);
    }
    return figure;
  }
}
