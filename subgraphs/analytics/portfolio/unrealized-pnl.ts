import type { Decimal } from '../../shared/decimal.ts';
import type { HoldingInputs } from './representation.ts';

/** A gain or loss; `ratio` is a fraction of the cost, null when the cost is zero. */
export interface ProfitAndLoss {
  readonly amount: { readonly amount: Decimal; readonly currency: string };
  readonly ratio: number | null;
}

/**
 * Unrealised profit and loss: value - cost basis, exact.
 *
 * @returns null when the holding has no value
 * @throws when cost and value are in different currencies
 */
export function unrealizedPnl({ costBasis, value }: HoldingInputs): ProfitAndLoss | null {
  if (value === null) return null;
  if (value.currency !== costBasis.currency) {
    throw new TypeError(`cost in ${costBasis.currency} cannot be taken from a value in ${value.currency}`);
  }
  const gain = value.amount.minus(costBasis.amount);
  return {
    amount: { amount: gain, currency: value.currency },
    ratio: costBasis.amount.isZero() ? null : gain.div(costBasis.amount).toNumber(),
  };
}
