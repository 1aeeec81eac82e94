import { LRUCache } from 'lru-cache';
import { type BarColumns, barColumnsOf } from './bar-columns.ts';
import { type BarInterval, barsOf } from './bars.ts';
import type { CloseTable } from './close-table.ts';
import { type RiskMetrics, type RiskQuestion, riskMetrics } from './risk-metrics.ts';
import { type TechnicalIndicators, technicalIndicators } from './technical-indicators.ts';

/** Many tokens times a few questions; callers choose the risk-free rate, so the number of questions has no bound. */
const MAX_REMEMBERED_RISKS = 5000;

/**
 * Figures derived from one version of the closes, each computed when first asked for. The table dies with its
 * version, so that nothing has to be invalidated.
 */
export class TokenFigures {
  readonly #closes: CloseTable;
  readonly #indicators = new Map<string, TechnicalIndicators | null>();
  readonly #barColumns = new Map<string, BarColumns>();
  readonly #risks = new LRUCache<string, { readonly metrics: RiskMetrics | null }>({
    max: MAX_REMEMBERED_RISKS,
  });

  constructor(closes: CloseTable) {
    this.#closes = closes;
  }

  /** @returns null when the token has no closed bar */
  indicatorsOf(tokenId: string, interval: BarInterval): TechnicalIndicators | null {
    const daily = this.#closes.get(tokenId);
    if (daily === undefined) return null;
    const key = `${interval} ${tokenId}`;
    let indicators = this.#indicators.get(key);
    if (indicators === undefined) {
      indicators = technicalIndicators(() => barsOf(daily, interval));
      this.#indicators.set(key, indicators);
    }
    return indicators;
  }

  /** @returns null when the token has no closes */
  barColumnsOf(tokenId: string, interval: BarInterval): BarColumns | null {
    const daily = this.#closes.get(tokenId);
    if (daily === undefined) return null;
    const key = `${interval} ${tokenId}`;
    let columns = this.#barColumns.get(key);
    if (columns === undefined) {
      columns = barColumnsOf(barsOf(daily, interval));
      this.#barColumns.set(key, columns);
    }
    return columns;
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
}
