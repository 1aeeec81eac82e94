import { badUserInput, requireRange } from '../../shared/bad-user-input.ts';
import type { IndicatorQuestion } from '../market/indicator-series.ts';
import type { MarketData } from '../market/market-data.ts';
import { isSupportedCurrency, SUPPORTED_CURRENCIES } from '../market/quote-assets.ts';
import type { RiskQuestion } from '../market/risk-metrics.ts';

const MIN_PERIOD = 2;
const MAX_PERIOD = 250;
const MIN_RISK_FREE_RATE = -0.5;
const MAX_RISK_FREE_RATE = 10;

/** Refuses a currency that amounts cannot be told in with BAD_USER_INPUT. */
export function requireCurrency(name: string, currency: string): string {
  if (isSupportedCurrency(currency)) return currency;
  throw badUserInput(
    `Argument "${name}" must be one of ${SUPPORTED_CURRENCIES.join(', ')}, found ${currency}.`,
  );
}

/**
 * Refuses a list of token ids that is too short or too long, names a token twice, or names one that does not
 * exist with BAD_USER_INPUT.
 */
export function requireTokenIds(
  name: string,
  ids: readonly string[],
  { min, max }: { readonly min: number; readonly max: number },
  { tokens }: MarketData,
): readonly string[] {
  if (ids.length < min || ids.length > max) {
    throw badUserInput(`Argument "${name}" must name ${min} to ${max} tokens, found ${ids.length}.`);
  }
  const seen = new Set<string>();
  for (const id of ids) {
    if (seen.has(id))
      throw badUserInput(`Argument "${name}" must name each token once, found "${id}" twice.`);
    if (!tokens.has(id)) throw badUserInput(`Argument "${name}" must name known tokens, found "${id}".`);
    seen.add(id);
  }
  return ids;
}

/** Refuses an unknown benchmark or a risk-free rate out of range with BAD_USER_INPUT. */
export function requireRiskQuestion(question: RiskQuestion, { tokens }: MarketData): RiskQuestion {
  requireRange('riskFreeRate', question.riskFreeRate, MIN_RISK_FREE_RATE, MAX_RISK_FREE_RATE);
  if (!tokens.has(question.benchmarkTokenId)) {
    throw badUserInput(
      `Argument "benchmarkTokenId" must name a known token, found "${question.benchmarkTokenId}".`,
    );
  }
  return question;
}

/** Refuses a period out of range with BAD_USER_INPUT, also for an indicator that does not use it. */
export function requireIndicatorQuestion(question: IndicatorQuestion): IndicatorQuestion {
  requireRange('indicator.period', question.period, MIN_PERIOD, MAX_PERIOD);
  return question;
}
