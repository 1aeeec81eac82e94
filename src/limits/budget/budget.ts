/** What an account may spend. */
export interface BudgetLimits {
  /** The most that the bucket holds, in points. */
  readonly bucketPoints: number;
  /** Points that flow in each second. */
  readonly refillPerSecond: number;
  /** Points of a calendar month (UTC); null for no quota. */
  readonly monthPoints: number | null;
}

/** Where an account stands. Levels are in micro-points, so that refilling by the millisecond stays exact. */
export interface BudgetState {
  /** In the bucket; below 0 in debt. */
  readonly levelMicro: number;
  /** When the level was that, in milliseconds since the epoch, by the clock of the store. */
  readonly atMs: number;
  /** The month that `usedPoints` is of: years × 12 + months since year 0. */
  readonly month: number;
  readonly usedPoints: number;
  /** When the store began to know of the account; a later time than a worker remembers means that it forgot. */
  readonly bornMs: number;
}

/** Points that an operation asks for before it runs. */
export interface Reservation {
  readonly account: string;
  /** Of the request, unique: what is reserved twice under one id is charged once. */
  readonly requestId: string;
  readonly points: number;
  readonly limits: BudgetLimits;
  /** What the caller of the store last knew of the account, for a store that has forgotten it. */
  readonly known?: BudgetState | undefined;
}

/** What an operation came to, after it was reserved. */
export interface Settlement {
  readonly account: string;
  readonly requestId: string;
  readonly limits: BudgetLimits;
  /**
   * `settle`: the points that it came to, in the place of those reserved: 1 at least, twice the reserved ones at most.
   * `cancel`: nothing; a reservation under the id that arrives later is void, too.
   * `charge`: points that were spent without a reservation, charged once for the id.
   */
  readonly kind: 'settle' | 'cancel' | 'charge';
  readonly points: number;
}

export interface BudgetOutcome {
  /** What is short; undefined when the points were granted. */
  readonly short: 'bucket' | 'month' | undefined;
  readonly state: BudgetState;
}

/** Keeps the budgets of accounts; each call is one step that nothing else comes between. */
export interface BudgetStore {
  /** @throws BudgetStoreError when there is no decision: the points may or may not be reserved then */
  reserve(reservation: Reservation): Promise<BudgetOutcome>;
  /** @throws BudgetStoreError when it is not known to have happened; it may be sent again */
  settle(settlement: Settlement): Promise<BudgetState>;
  close(): Promise<void>;
}

/** A store that could not decide. */
export class BudgetStoreError extends Error {
  override readonly name = 'BudgetStoreError';
}

export const MICRO = 1_000_000;
const DAY_MS = 86_400_000;

/** The month of an instant, in UTC: years × 12 + months since year 0. */
export function monthOf(atMs: number): number {
  const date = new Date(atMs);
  return date.getUTCFullYear() * 12 + date.getUTCMonth();
}

/** When a month begins, in milliseconds since the epoch. */
export function startOfMonth(month: number): number {
  return Date.UTC(Math.floor(month / 12), month % 12, 1);
}

/** Micro-points that flow in each millisecond; a whole number down to a thousandth of a point a second. */
export function refillMicroPerMs({ refillPerSecond }: BudgetLimits): number {
  return Math.round(refillPerSecond * 1_000);
}

/** How long a state has to be kept: until it says no more than that the account is unknown. */
export function keepForMs(limits: BudgetLimits): number {
  const rate = refillMicroPerMs(limits);
  if (limits.monthPoints !== null || rate === 0) return 40 * DAY_MS;
  return Math.ceil((3 * limits.bucketPoints * MICRO) / rate) + DAY_MS;
}

/** Refuses points that are no amount: what is not a whole number of at least 0. @throws RangeError */
export function requirePoints(points: number): void {
  if (Number.isInteger(points) && points >= 0 && points <= 2_147_483_647) return;
  throw new RangeError(`points are a whole number from 0 to 2147483647, found ${points}`);
}
