/** Daily periods in a year: crypto markets never close, so it is not the 252 of exchanges with holidays. */
export const PERIODS_PER_YEAR = 365;
