/**
 * Percentile rank: 100 · (values below + half of the other equal ones) / (n - 1), so that the least value of all has
 * 0 and the greatest 100, and equal values have one rank (Excel's PERCENTRANK.INC, with the mean rank for ties).
 *
 * @param sorted - ascending, `value` among them
 * @returns 50 for a value that is alone
 */
export function percentileRank(sorted: Float64Array, value: number): number {
  if (sorted.length === 1) return 50;
  const below = countBelow(sorted, (other) => other < value);
  const upToEqual = countBelow(sorted, (other) => other <= value);
  return (100 * (below + (upToEqual - below - 1) / 2)) / (sorted.length - 1);
}

/** How many values of a sorted array come before the first one that fails a test; by bisection. */
function countBelow(sorted: Float64Array, passes: (value: number) => boolean): number {
  let low = 0;
  let high = sorted.length;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (passes(sorted[middle] as number)) low = middle + 1;
    else high = middle;
  }
  return low;
}
