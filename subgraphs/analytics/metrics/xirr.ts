import { PERIODS_PER_YEAR } from './periods-per-year.ts';

/** Money that moves on a day: negative is put in, positive is taken out. */
export interface CashFlow {
  /** A day number; only differences count. */
  readonly day: number;
  readonly amount: number;
}

const FIRST_GUESS = 0.1;
const MAX_NEWTON_STEPS = 50;
const MAX_BISECTION_STEPS = 200;
const LOWEST_RATE = -0.9999;
const HIGHEST_RATE = 1e6;
/** Rates closer than this, relative to 1 + rate, are the same. */
const TOLERANCE = 1e-12;

/**
 * Internal rate of return of flows on any days: r with Σ CF_i / (1 + r)^((d_i - d_0) / 365) = 0 (Excel's XIRR,
 * actual/365). Newton's method from 0.1, then bisection on (-0.9999, 1e6).
 *
 * @returns a fraction a year; null when flows have one sign only, fall on one day, or have no root there
 */
export function xirr(flows: readonly CashFlow[]): number | null {
  const hasBothSigns = flows.some(({ amount }) => amount < 0) && flows.some(({ amount }) => amount > 0);
  const firstDay = Math.min(...flows.map(({ day }) => day));
  if (!hasBothSigns || flows.every(({ day }) => day === firstDay)) return null;
  const dated = flows.map(({ day, amount }) => ({ years: (day - firstDay) / PERIODS_PER_YEAR, amount }));
  return newton(dated) ?? bisect(dated);
}

interface DatedFlow {
  readonly years: number;
  readonly amount: number;
}

function presentValue(flows: readonly DatedFlow[], rate: number): number {
  return flows.reduce((sum, { years, amount }) => sum + amount / (1 + rate) ** years, 0);
}

function presentValueSlope(flows: readonly DatedFlow[], rate: number): number {
  return flows.reduce((sum, { years, amount }) => sum - (years * amount) / (1 + rate) ** (years + 1), 0);
}

function newton(flows: readonly DatedFlow[]): number | undefined {
  let rate = FIRST_GUESS;
  for (let step = 0; step < MAX_NEWTON_STEPS; step++) {
    const next = rate - presentValue(flows, rate) / presentValueSlope(flows, rate);
    // Written so that NaN leaves too.
    if (!(next > LOWEST_RATE && next < HIGHEST_RATE)) return undefined;
    if (Math.abs(next - rate) <= TOLERANCE * (1 + Math.abs(next))) return next;
    rate = next;
  }
  return undefined;
}

function bisect(flows: readonly DatedFlow[]): number | null {
  let low = LOWEST_RATE;
  let high = HIGHEST_RATE;
  const signAtLow = Math.sign(presentValue(flows, low));
  if (signAtLow === Math.sign(presentValue(flows, high))) return null;
  for (let step = 0; step < MAX_BISECTION_STEPS && high - low > TOLERANCE * (1 + Math.abs(low)); step++) {
    const middle = (low + high) / 2;
    if (Math.sign(presentValue(flows, middle)) === signAtLow) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}
