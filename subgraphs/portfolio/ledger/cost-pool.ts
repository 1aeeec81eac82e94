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

/** The last digit of a cost, and how many of them make one. */
const UNIT = new LedgerDecimal(10).pow(-COST_DECIMALS);
const UNITS = new LedgerDecimal(10).pow(COST_DECIMALS);

/**
 * The cost of a part that is less than the whole, rounded half to even. Divides in whole units of the last digit and
 * rounds by what is left: a quotient to all digits of the arithmetic takes twice as long, and would be rounded twice.
 */
function shareOf(cost: Decimal, part: Decimal, whole: Decimal): Decimal {
  const dividend = cost.times(part).times(UNITS);
  const below = dividend.divToInt(whole);
  const order = dividend.minus(below.times(whole)).times(2).comparedTo(whole);
  const isUp = order > 0 || (order === 0 && !below.mod(2).isZero());
  return (isUp ? below.plus(1) : below).times(UNIT);
}

/** A disposal takes the oldest lots (IRS Publication 550). */
class FirstInFirstOutPool<Entry extends LedgerEntry> implements CostPool<Entry> {
  readonly #lots: Lot<Entry>[] = [];
  /** Lots before this one are used up. */
  #oldest = 0;

  get lots(): readonly Lot<Entry>[] {
    return this.#lots.slice(this.#oldest);
  }

  /** Added up when asked for, which is less often than entries come. */
  get quantity(): Decimal {
    return this.lots.reduce((sum, { remainingQuantity }) => sum.plus(remainingQuantity), ZERO);
  }

  get cost(): Decimal {
    return this.lots.reduce((sum, { remainingCost }) => sum.plus(remainingCost), ZERO);
  }

  get heldSinceMs(): number {
    return this.#lots[this.#oldest]?.openedBy.executedAtMs ?? Number.NaN;
  }

  acquire(entry: Entry, cost: Decimal): void {
    const remainingQuantity = new LedgerDecimal(entry.quantity);
    this.#lots.push({ openedBy: entry, remainingQuantity, remainingCost: cost });
  }

  release(quantity: Decimal): Decimal {
    let wanted = new LedgerDecimal(quantity);
    let released = ZERO;
    while (wanted.gt(0)) {
      const lot = this.#lots[this.#oldest];
      if (lot === undefined) throw new Error('A ledger released more than it holds.');
      const { openedBy, remainingQuantity, remainingCost } = lot;
      if (wanted.gte(remainingQuantity)) {
        this.#oldest += 1;
        wanted = wanted.minus(remainingQuantity);
        released = released.plus(remainingCost);
        continue;
      }
      const cost = shareOf(remainingCost, wanted, remainingQuantity);
      this.#lots[this.#oldest] = {
        openedBy,
        remainingQuantity: remainingQuantity.minus(wanted),
        remainingCost: remainingCost.minus(cost),
      };
      return released.plus(cost);
    }
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
    const isAll = this.quantity.eq(quantity);
    const released = isAll ? this.cost : shareOf(this.cost, quantity, this.quantity);
    this.quantity = this.quantity.minus(quantity);
    this.cost = this.cost.minus(released);
    return released;
  }
}
