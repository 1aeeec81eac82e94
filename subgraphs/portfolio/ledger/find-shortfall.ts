import type { Decimal } from '../../shared/decimal.ts';
import { inLedgerOrder, isAcquisition, type LedgerEntry, ZERO } from './entry.ts';

/** A disposal of more than was held. */
export interface Shortfall {
  readonly entry: LedgerEntry;
  /** What was held when the entry took effect. */
  readonly held: Decimal;
}

/**
 * Finds the first entry at which a ledger would hold less than nothing of a token.
 *
 * @param entries - in any order; of one token or of several
 * @returns undefined when the ledger holds at all times
 */
export function findShortfall(entries: readonly LedgerEntry[]): Shortfall | undefined {
  const held = new Map<string, Decimal>();
  for (const entry of inLedgerOrder(entries)) {
    const before = held.get(entry.tokenId) ?? ZERO;
    const after = isAcquisition(entry) ? before.plus(entry.quantity) : before.minus(entry.quantity);
    if (after.isNegative()) return { entry, held: before };
    held.set(entry.tokenId, after);
  }
  return undefined;
}
