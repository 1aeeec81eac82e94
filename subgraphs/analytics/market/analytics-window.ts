/** How many daily returns a window holds at most; names as in the SDL. */
export const WINDOW_RETURNS = { DAYS_30: 30, DAYS_90: 90, DAYS_180: 180, DAYS_365: 365 } as const;

export type AnalyticsWindow = keyof typeof WINDOW_RETURNS;
