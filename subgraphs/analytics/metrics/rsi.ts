/**
 * Relative strength index with Wilder's smoothing (J. Welles Wilder, "New Concepts in Technical Trading Systems",
 * 1978): the first averages are simple means of n gains and of n losses, then (previous · (n - 1) + now) / n;
 * RSI = 100 - 100 / (1 + average gain / average loss), and 100 when there is no loss.
 *
 * @param closes - ascending in time
 * @returns one value a close, 0 to 100; NaN for the first n closes
 */
export function rsiSeries(closes: Float64Array, period: number): Float64Array {
  const values = new Float64Array(closes.length).fill(Number.NaN);
  let averageGain = 0;
  let averageLoss = 0;
  for (let index = 1; index < closes.length; index++) {
    const change = (closes[index] as number) - (closes[index - 1] as number);
    // The first n changes have equal weight; from then on the average forgets.
    const weight = 1 / period;
    const kept = index <= period ? 1 : 1 - weight;
    averageGain = averageGain * kept + Math.max(change, 0) * weight;
    averageLoss = averageLoss * kept + Math.max(-change, 0) * weight;
    if (index >= period)
      values[index] = averageLoss === 0 ? 100 : 100 - 100 / (1 + averageGain / averageLoss);
  }
  return values;
}

/**
 * The last value of `rsiSeries`.
 *
 * @returns null for fewer than n + 1 closes
 */
export function rsi(closes: Float64Array, period: number): number | null {
  return closes.length <= period ? null : (rsiSeries(closes, period).at(-1) as number);
}
