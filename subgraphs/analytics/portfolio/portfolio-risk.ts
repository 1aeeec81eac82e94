import { closesInCurrency } from '../market/closes-in-currency.ts';
import type { MarketData } from '../market/market-data.ts';
import { isSupportedCurrency } from '../market/quote-assets.ts';
import { type RiskMetrics, type RiskQuestion, riskMetrics } from '../market/risk-metrics.ts';
import type { PortfolioPositions } from './representation.ts';

/**
 * Risk of today's positions over past closes in the base currency, as if the same quantities had been held all
 * along: V_t = Σ quantity · close_t, on days on which every priced token held has a close. A token without a close
 * on the last closed day is not priced and left out.
 *
 * @returns null for fewer than 30 returns, or a base currency that is not supported
 */
export function portfolioRisk(
  { baseCurrency, positions }: PortfolioPositions,
  question: RiskQuestion,
  { closes }: MarketData,
): RiskMetrics | null {
  if (!isSupportedCurrency(baseCurrency)) return null;
  const { lastDay, numberAt } = closesInCurrency(closes, baseCurrency);
  const priced = positions
    .filter(({ token, quantity }) => !quantity.isZero() && numberAt(token, lastDay) > 0)
    .map(({ token, quantity }) => ({ token, quantity: quantity.toNumber() }));
  return riskMetrics(
    {
      lastDay,
      // NaN, and so the end of the stretch, as soon as one close is missing.
      valueAt: (day) => priced.reduce((sum, { token, quantity }) => sum + quantity * numberAt(token, day), 0),
      benchmarkAt: (day) => numberAt(question.benchmarkTokenId, day),
    },
    question,
  );
}
