import type { Decimal } from '../../shared/decimal.ts';
import type { Sale } from './compute-book.ts';
import { ZERO } from './entry.ts';

/** Profit and loss that sales have realised, in base currency. */
export interface RealizedPnl {
  /** After fees. */
  readonly proceeds: Decimal;
  readonly costOfSales: Decimal;
  /** Proceeds less cost of sales. */
  readonly pnl: Decimal;
  readonly saleCount: number;
}

/**
 * Adds up the sales of a time.
 *
 * @param fromMs - only sales from this instant on
 * @param toMs - only sales before this instant
 */
export function sumSales(
  sales: readonly Sale[],
  fromMs = Number.NEGATIVE_INFINITY,
  toMs = Number.POSITIVE_INFINITY,
): RealizedPnl {
  const counted = sales.filter(({ executedAtMs }) => executedAtMs >= fromMs && executedAtMs < toMs);
  const proceeds = counted.reduce((sum, sale) => sum.plus(sale.proceeds), ZERO);
  const costOfSales = counted.reduce((sum, sale) => sum.plus(sale.costOfSale), ZERO);
  return { proceeds, costOfSales, pnl: proceeds.minus(costOfSales), saleCount: counted.length };
}
