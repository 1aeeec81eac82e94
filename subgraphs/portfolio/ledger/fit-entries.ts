import type { Decimal } from '../../shared/decimal.ts';
import { inLedgerOrder, isAcquisition, type LedgerEntry, ZERO } from './entry.ts';

/**
 * Chooses which of many new entries a ledger can take without ever holding less than nothing: all acquisitions, and
 * of the disposals those for which enough is held at their time and at all later times. Where too little is left for
 * an entry that stands already, the newest of the new disposals before it give way.
 *
 * One walk through the ledger; each entry is looked at twice at most.
 *
 * @param standing - entries that hold by themselves; they stay in any case
 * @param added - new entries, in any order
 * @returns the new entries that do not fit
 */
export function findUnfitting<Entry extends LedgerEntry>(
  standing: readonly LedgerEntry[],
  added: readonly Entry[],
): Set<Entry> {
  const isNew: ReadonlySet<LedgerEntry> = new Set(added);
  const unfitting = new Set<Entry>();
  const held = new Map<string, Decimal>();
  const newDisposals = new Map<string, Entry[]>();
  for (const entry of inLedgerOrder<LedgerEntry>([...standing, ...added])) {
    const { tokenId, quantity } = entry;
    let before = held.get(tokenId) ?? ZERO;
    if (isAcquisition(entry)) {
      held.set(tokenId, before.plus(quantity));
      continue;
    }
    const stack = newDisposals.get(tokenId) ?? [];
    newDisposals.set(tokenId, stack);
    if (isNew.has(entry)) {
      if (before.lt(quantity)) {
        unfitting.add(entry as Entry);
        continue;
      }
      stack.push(entry as Entry);
    }
    while (before.lt(quantity)) {
      const givesWay = stack.pop();
      if (givesWay === undefined) throw new Error(`The standing ledger does not hold at ${entry.id}.`);
      unfitting.add(givesWay);
      before = before.plus(givesWay.quantity);
    }
    held.set(tokenId, before.minus(quantity));
  }
  return unfitting;
}
