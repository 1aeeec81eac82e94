import type { Decimal } from '../../shared/decimal.ts';
import { LedgerDecimal, type LedgerEntry, ZERO } from './entry.ts';

/**
 * Digits after the point to which a share of a cost is rounded (half to even). Twice the scale of the `Decimal`
 * scalar: an amount that is the product of two such numbers is still exact. What a share leaves behind is found
 * by subtraction, and the last share takes the whole rest, so that no digit of a total is ever lost.
 */
const COST_DECIMALS = 72;

/** How the cost of what leaves a position is found. */
export type CostBasisMethod = 'FIFO' | 'AVERAGE';

/** A quantity acquired at one time and price, as far as it has not left. */
export interface Lot<Entry extends LedgerEntry = LedgerEntry> {
  /** The acquisition that opened it. */
  readonly openedBy: Entry;
  readonly remainingQuantity: Decimal;
  /** The cost of what is left, in base currency. */
  readonly remainingCost: Decimal;
}

/** The cost of what is held of one token. */
export interface CostPool<Entry extends LedgerEntry = LedgerEntry> {
  readonly quantity: Decimal;
  /** In base currency. */
  readonly cost: Decimal;
  /** The open lots, oldest first; none under the average method. */
  readonly lots: readonly Lot<Entry>[];
  /** When the first open lot was acquired, in milliseconds. */
  readonly heldSinceMs: number;
  acquire(entry: Entry, cost: Decimal): void;
  /** Takes out a quantity that is held, and says what it had cost. */
  release(quantity: Decimal): Decimal;
}

/** Makes the pool of one token. */
export function createCostPool<Entry extends LedgerEntry>(method: CostBasisMethod): CostPool<Entry> {
  return method === 'FIFO' ? new FirstInFirstOutPool<Entry>() : new AveragePool();
}

/** The cost of a part, exact when everything is taken. */
function shareOf(cost: Decimal, part: Decimal, whole: Decimal): Decimal {
  return part.eq(whole) ? cost : cost.times(part).div(whole).toDecimalPlaces(COST_DECIMALS);
}

/** A disposal takes the oldest lots (IRS Publication 550). */
class FirstInFirstOutPool<Entry extends LedgerEntry> implements CostPool<Entry> {
  quantity: Decimal = ZERO;
  cost: Decimal = ZERO;
  readonly #lots: Lot<Entry>[] = [];
  /** Lots before this one are used up. */
  #oldest = 0;

  get lots(): readonly Lot<Entry>[] {
    return this.#lots.slice(this.#oldest);
  }

  get heldSinceMs(): number {
    return this.#lots[this.#oldest]?.openedBy.executedAtMs ?? Number.NaN;
  }

  acquire(entry: Entry, cost: Decimal): void {
    const remainingQuantity = new LedgerDecimal(entry.quantity);
    this.#lots.push({ openedBy: entry, remainingQuantity, remainingCost: cost });
    this.quantity = this.quantity.plus(remainingQuantity);
    this.cost = this.cost.plus(cost);
  }

  release(quantity: Decimal): Decimal {
    let wanted = new LedgerDecimal(quantity);
    let released = ZERO;
    while (wanted.gt(0)) {
      const lot = this.#lots[this.#oldest];
      if (lot === undefined) throw new Error('A ledger released more than it holds.');
      const taken = LedgerDecimal.min(wanted, lot.remainingQuantity);
      const cost = shareOf(lot.remainingCost, taken, lot.remainingQuantity);
      if (taken.eq(lot.remainingQuantity)) {
        this.#oldest += 1;
      } else {
        this.#lots[this.#oldest] = {
          openedBy: lot.openedBy,
          remainingQuantity: lot.remainingQuantity.minus(taken),
          remainingCost: lot.remainingCost.minus(cost),
        };
      }
      wanted = wanted.minus(taken);
      released = released.plus(cost);
    }
    this.quantity = this.quantity.minus(quantity);
    this.cost = this.cost.minus(released);
    return released;
  }
}

/** A disposal takes its share of the cost of everything held (HMRC's section 104 pool). */
class AveragePool implements CostPool<LedgerEntry> {
  quantity: Decimal = ZERO;
  cost: Decimal = ZERO;
  heldSinceMs = Number.NaN;
  readonly lots: readonly never[] = [];

  acquire(entry: LedgerEntry, cost: Decimal): void {
    if (this.quantity.isZero()) this.heldSinceMs = entry.executedAtMs;
    this.quantity = this.quantity.plus(entry.quantity);
    this.cost = this.cost.plus(cost);
  }

  release(quantity: Decimal): Decimal {
    if (this.quantity.lt(quantity)) throw new Error('A ledger released more than it holds.');
    const released = shareOf(this.cost, new LedgerDecimal(quantity), this.quantity);
    this.quantity = this.quantity.minus(quantity);
    this.cost = this.cost.minus(released);
    return released;
  }
}
