import type { Decimal } from '../../shared/decimal.ts';

/** An exact amount in one currency: what `Money` resolves from. */
export interface Money {
  readonly amount: Decimal;
  readonly currency: string;
}

/** Puts an amount and its currency together; null where there is no amount. */
export function moneyOf(amount: Decimal | null | undefined, currency: string): Money | null {
  return amount == null ? null : { amount, currency };
}
