import {
  type BudgetLimits,
  type BudgetOutcome,
  type BudgetState,
  MICRO,
  monthOf,
  type Reservation,
  refillMicroPerMs,
  requirePoints,
  type Settlement,
} from './budget.ts';

/** An account's state with what it began with, which a worker that remembers more may lower. */
export interface LedgerEntry extends BudgetState {
  readonly startMicro: number;
  readonly startUsed: number;
}

/** A reservation that was made: the points, the month that they were taken of; or that it is over. */
export type Marker = { readonly points: number; readonly month: number } | 'over';

/** An entry and a marker after a step. */
export interface LedgerStep<Result> {
  readonly entry: LedgerEntry;
  /** Undefined: the marker stays as it is. */
  readonly marker: Marker | undefined;
  readonly result: Result;
}

/*
 * The arithmetic of budgets as pure functions. `budget-script.ts` is the same for Redis, statement by statement;
 * one set of tests holds both.
 */

/** The state at a time: refilled, and with nothing used in a new month. A clock that steps back changes nothing. */
export function advance(entry: LedgerEntry, limits: BudgetLimits, nowMs: number): LedgerEntry {
  const atMs = Math.max(entry.atMs, nowMs);
  const month = Math.max(entry.month, monthOf(nowMs));
  const inflow = (atMs - entry.atMs) * refillMicroPerMs(limits);
  return {
    ...entry,
    atMs,
    month,
    levelMicro: Math.min(limits.bucketPoints * MICRO, entry.levelMicro + inflow),
    usedPoints: month === entry.month ? entry.usedPoints : 0,
    startUsed: month === entry.month ? entry.startUsed : 0,
  };
}

/** Opens an account: full, unless somebody remembers otherwise. */
export function openEntry(limits: BudgetLimits, known: BudgetState | undefined, nowMs: number): LedgerEntry {
  const full = limits.bucketPoints * MICRO;
  const entry: LedgerEntry = {
    levelMicro: full,
    startMicro: full,
    startUsed: 0,
    atMs: nowMs,
    month: monthOf(nowMs),
    usedPoints: 0,
    bornMs: nowMs,
  };
  return known === undefined ? entry : recall(entry, limits, known);
}

/**
 * Takes in what a worker remembers from before the store forgot the account: the account cannot have begun with more
 * than was left then and has flowed in since. Each worker's memory can only lower the beginning.
 */
export function recall(entry: LedgerEntry, limits: BudgetLimits, known: BudgetState): LedgerEntry {
  const inflow = Math.max(0, entry.bornMs - known.atMs) * refillMicroPerMs(limits);
  const startMicro = Math.min(entry.startMicro, known.levelMicro + inflow);
  const startUsed =
    known.month === entry.month ? Math.max(entry.startUsed, known.usedPoints) : entry.startUsed;
  return {
    ...entry,
    startMicro,
    startUsed,
    levelMicro: entry.levelMicro - (entry.startMicro - startMicro),
    usedPoints: entry.usedPoints + (startUsed - entry.startUsed),
  };
}

/** Takes points for a request, or says what is short. @throws RangeError for points that are no amount */
export function reserveIn(
  stored: LedgerEntry | undefined,
  marker: Marker | undefined,
  { points, limits, known }: Reservation,
  nowMs: number,
): LedgerStep<BudgetOutcome> {
  requirePoints(points);
  const remembered = stored !== undefined && known !== undefined && known.bornMs < stored.bornMs;
  const current = advance(
    stored === undefined
      ? openEntry(limits, known, nowMs)
      : remembered
        ? recall(stored, limits, known)
        : stored,
    limits,
    nowMs,
  );
  const leave = (short: BudgetOutcome['short']): LedgerStep<BudgetOutcome> => ({
    entry: current,
    marker: undefined,
    result: { short, state: current },
  });
  if (marker !== undefined || points === 0) return leave(undefined);
  const { monthPoints } = limits;
  if (monthPoints !== null && current.usedPoints + points > monthPoints) return leave('month');
  if (current.levelMicro < points * MICRO) return leave('bucket');
  const entry = spend(current, points);
  return { entry, marker: { points, month: current.month }, result: { short: undefined, state: entry } };
}

/** Puts what a request came to in the place of what was reserved. @throws RangeError for points that are no amount */
export function settleIn(
  stored: LedgerEntry | undefined,
  marker: Marker | undefined,
  { kind, points, limits }: Settlement,
  nowMs: number,
): LedgerStep<BudgetState> {
  requirePoints(points);
  const current = advance(stored ?? openEntry(limits, undefined, nowMs), limits, nowMs);
  const over = (entry: LedgerEntry, next: Marker | undefined): LedgerStep<BudgetState> => ({
    entry,
    marker: next,
    result: entry,
  });
  if (kind === 'charge') {
    return marker === undefined ? over(spend(current, points), 'over') : over(current, undefined);
  }
  if (marker === 'over') return over(current, undefined);
  if (marker === undefined) return over(current, kind === 'cancel' ? 'over' : undefined);
  const charge = kind === 'cancel' ? 0 : Math.min(Math.max(points, 1), 2 * marker.points);
  const refund = marker.points - charge;
  const entry: LedgerEntry = {
    ...current,
    levelMicro: Math.min(limits.bucketPoints * MICRO, current.levelMicro + refund * MICRO),
    // What was taken of the month before is not given back to this one.
    usedPoints:
      current.month === marker.month ? Math.max(0, current.usedPoints - refund) : current.usedPoints,
  };
  return over(entry, 'over');
}

function spend(entry: LedgerEntry, points: number): LedgerEntry {
  return {
    ...entry,
    levelMicro: entry.levelMicro - points * MICRO,
    usedPoints: entry.usedPoints + points,
  };
}
