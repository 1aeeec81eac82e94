import { LRUCache } from 'lru-cache';
import { BarFigures } from './bar-figures.ts';
import { barsOf, DAILY_BAR_INTERVALS } from './bars.ts';
import type { CloseTable, DailyCloses } from './close-table.ts';
import { type PriceLevel, priceLevels } from './price-levels.ts';
import { type RiskMetrics, type RiskQuestion, riskMetrics } from './risk-metrics.ts';
import { type TradingSignal, tradingSignal } from './trading-signal.ts';

/** Many tokens times a few questions; callers choose the risk-free rate, so the number of questions has no bound. */
const MAX_REMEMBERED_RISKS = 5000;

/**
 * Figures derived from one version of the closes, each computed once. The table dies with its version, so that
 * nothing has to be invalidated.
 */
export class TokenFigures {
  /** Those of bars of days and weeks. */
  readonly bars: BarFigures;
  readonly #closes: CloseTable;
  readonly #levels = new Map<string, readonly PriceLevel[]>();
  readonly #signals = new Map<string, TradingSignal | null>();
  readonly #risks = new LRUCache<string, { readonly metrics: RiskMetrics | null }>({
    max: MAX_REMEMBERED_RISKS,
  });

  constructor(closes: CloseTable) {
    this.#closes = closes;
    this.bars = new BarFigures(closes.byToken, DAILY_BAR_INTERVALS);
  }

  /** @returns null when the token has no closes */
  levelsOf(tokenId: string): readonly PriceLevel[] | null {
    return this.#once(this.#levels, tokenId, (daily) => priceLevels(barsOf(daily, 'ONE_DAY')));
  }

  /** @returns null when the token has fewer than 200 closes, or none on the last closed day */
  signalOf(tokenId: string): TradingSignal | null {
    return this.#once(this.#signals, tokenId, (daily) => tradingSignal(daily, this.#closes.lastDay));
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
    yield* this.bars.computeAll();
    for (const tokenId of this.#closes.byToken.keys()) {
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
    compute: (daily: DailyCloses) => Figure,
  ): Figure | null {
    const daily = this.#closes.get(tokenId);
    if (daily === undefined) return null;
    let figure = table.get(tokenId);
    if (figure === undefined) {
      figure = compute(daily);
      table.set(tokenId, figure);
    }
    return figure;
  }
}
