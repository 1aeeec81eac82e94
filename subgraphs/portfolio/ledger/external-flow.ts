import type { Decimal } from '../../shared/decimal.ts';
import { entryValue, isAcquisition, LedgerDecimal, type LedgerEntry, ZERO } from './entry.ts';

/** How an entry changes the quantity held: positive is in. */
export function quantityDelta(entry: LedgerEntry): Decimal {
  return isAcquisition(entry) ? entry.quantity : new LedgerDecimal(entry.quantity).negated();
}

/**
 * The external cash flow of an entry in base currency: positive is money put in. The ledger holds no cash, so that
 * every purchase is paid from outside and every sale's proceeds leave.
 *
 * BUY: quantity × price + fee. SELL: -(quantity × price - fee). TRANSFER_IN and TRANSFER_OUT: the value that comes
 * or goes. REWARD and FEE: 0, since income and expenses are performance, not flows.
 *
 * @see https://www.gipsstandards.org (time-weighted return: external cash flows)
 */
export function externalFlow(entry: LedgerEntry): Decimal {
  switch (entry.type) {
    case 'BUY':
      return entryValue(entry).plus(entry.fee ?? 0);
    case 'SELL':
      return entryValue(entry)
        .minus(entry.fee ?? 0)
        .negated();
    case 'TRANSFER_IN':
      return entryValue(entry);
    case 'TRANSFER_OUT':
      return entryValue(entry).negated();
    case 'REWARD':
    case 'FEE':
      return ZERO;
  }
}
