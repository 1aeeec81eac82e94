import { Decimal } from '../../shared/decimal.ts';

/**
 * Arithmetic of the ledger. The product of two `Decimal` scalars has up to 156 digits before and 72 after the
 * point, and a share of a cost multiplies by a third number: 400 significant digits hold every intermediate
 * result exactly, so that sums and products never round.
 */
export const LedgerDecimal = Decimal.clone({ precision: 400 });

/** Nothing. */
export const ZERO = new LedgerDecimal(0);

/** What an entry of the ledger does. */
export type TransactionType = 'BUY' | 'SELL' | 'TRANSFER_IN' | 'TRANSFER_OUT' | 'REWARD' | 'FEE';

const ACQUISITIONS: ReadonlySet<TransactionType> = new Set(['BUY', 'TRANSFER_IN', 'REWARD']);
const VALUED_AT_MARKET: ReadonlySet<TransactionType> = new Set(['TRANSFER_IN', 'TRANSFER_OUT', 'REWARD']);

/** What the arithmetic of a ledger looks at. */
export interface LedgerEntry {
  readonly id: string;
  /** The order of entry in the portfolio's ledger, from 1. */
  readonly sequence: number;
  readonly type: TransactionType;
  readonly tokenId: string;
  /** In whole tokens, always positive. */
  readonly quantity: Decimal;
  /** The price of one token in the portfolio's base currency, as it was entered. */
  readonly unitPrice: Decimal | null;
  /** The market price at that time in base currency, for kinds that are valued by it when no price was entered. */
  readonly marketPrice: Decimal | null;
  /** In base currency. Part of the cost of a BUY, off the proceeds of a SELL, recorded only for other kinds. */
  readonly fee: Decimal | null;
  /** When it took effect, in milliseconds since the epoch. */
  readonly executedAtMs: number;
}

/** Whether an entry brings tokens in; the others take tokens out. */
export function isAcquisition({ type }: Pick<LedgerEntry, 'type'>): boolean {
  return ACQUISITIONS.has(type);
}

/** Whether an entry needs the market price of its time: transfers and rewards that were entered without a price. */
export function needsMarketPrice({ type, unitPrice }: Pick<LedgerEntry, 'type' | 'unitPrice'>): boolean {
  return unitPrice === null && VALUED_AT_MARKET.has(type);
}

/**
 * What the tokens of an entry were worth in base currency, without the fee: quantity × price, exact.
 *
 * @throws when the entry has neither a price nor the market's; a ledger is not read before it has
 */
export function entryValue({ id, quantity, unitPrice, marketPrice }: LedgerEntry): Decimal {
  const price = unitPrice ?? marketPrice;
  if (price === null) throw new Error(`Ledger entry ${id} has no price yet.`);
  return new LedgerDecimal(quantity).times(price);
}

/**
 * The order in which a ledger is read: by time; at the same instant acquisitions before disposals, then by order
 * of entry, so that a purchase and its sale with equal times never go below zero.
 */
export function inLedgerOrder<Entry extends LedgerEntry>(entries: readonly Entry[]): Entry[] {
  return entries.toSorted(
    (a, b) =>
      a.executedAtMs - b.executedAtMs ||
      Number(isAcquisition(b)) - Number(isAcquisition(a)) ||
      a.sequence - b.sequence,
  );
}
