import { DAY_MS } from '../../shared/clock.ts';
import { Decimal } from '../../shared/decimal.ts';
import { closeInstantMs } from '../market/close-table.ts';
import type { ClosesInCurrency } from '../market/closes-in-currency.ts';
import type { PerformanceSpan } from './performance-span.ts';
import type { LedgerEntry } from './representation.ts';

/**
 * The entries of a ledger that closes can value.
 *
 * A token without any close is left out with its flows: a flow without a value to show for it would be a loss that
 * nobody had. What was acquired before a token's first close comes in at that close, at its value: until then
 * nothing is known of it.
 *
 * @returns ascending in time
 */
export function valuedLedger(ledger: readonly LedgerEntry[], closes: ClosesInCurrency): LedgerEntry[] {
  const entries: LedgerEntry[] = [];
  const heldBefore = new Map<string, Decimal>();
  for (const entry of ledger) {
    const firstDay = closes.firstDayOf(entry.token);
    if (firstDay === undefined) continue;
    if (entry.at >= closeInstantMs(firstDay)) entries.push(entry);
    else {
      const held = heldBefore.get(entry.token) ?? new Decimal(0);
      heldBefore.set(entry.token, held.plus(entry.quantityDelta));
    }
  }
  for (const [token, quantityDelta] of heldBefore) {
    const firstDay = closes.firstDayOf(token) as number;
    const firstClose = closes.lastUpTo(token, firstDay) as Decimal;
    entries.push({
      at: closeInstantMs(firstDay),
      quantityDelta,
      externalFlow: quantityDelta.times(firstClose),
      token,
    });
  }
  return entries.sort((a, b) => a.at - b.at);
}

/** What a portfolio was worth at a midnight, and what came in on the day before. */
export interface DailyValuation {
  /** The midnight, as the day that begins there. */
  readonly at: number;
  /** Σ quantity · last close, of what was held just before that midnight. */
  readonly value: Decimal;
  /** External flows of the day that ends here; 0 for the first valuation. */
  readonly flow: Decimal;
}

/**
 * Values a ledger at each midnight of a span, both ends included. An entry at midnight belongs to the day that
 * begins there.
 *
 * @param entries - as of `valuedLedger`
 */
export function dailyValuations(
  entries: readonly LedgerEntry[],
  { from, to }: PerformanceSpan,
  closes: ClosesInCurrency,
): DailyValuation[] {
  const quantities = new Map<string, Decimal>();
  const valuations: DailyValuation[] = [];
  let next = 0;
  for (let at = from; at <= to; at++) {
    let flow = new Decimal(0);
    for (let entry = entries[next]; entry !== undefined && entry.at < at * DAY_MS; entry = entries[++next]) {
      const quantity = (quantities.get(entry.token) ?? new Decimal(0)).plus(entry.quantityDelta);
      if (quantity.isZero()) quantities.delete(entry.token);
      else quantities.set(entry.token, quantity);
      flow = flow.plus(entry.externalFlow);
    }
    let value = new Decimal(0);
    for (const [token, quantity] of quantities) {
      // There is one: entries before a token's first close have been moved to it.
      value = value.plus(quantity.times(closes.lastUpTo(token, at - 1) as Decimal));
    }
    valuations.push({ at, value, flow: at === from ? new Decimal(0) : flow });
  }
  return valuations;
}
