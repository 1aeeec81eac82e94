import { PERIODS_PER_YEAR } from './periods-per-year.ts';

/** The rate a day that compounds to a rate a year: f = (1 + rf)^(1/365) - 1; both are fractions. */
export function dailyRate(yearlyRate: number): number {
  return (1 + yearlyRate) ** (1 / PERIODS_PER_YEAR) - 1;
}
