/**
 * Quantile of type 7: linear interpolation between order statistics at h = (n - 1) p, the default of R and NumPy
 * (Hyndman and Fan, "Sample Quantiles in Statistical Packages", The American Statistician, 1996).
 *
 * @param values - at least one, in any order
 * @param probability - p, 0 to 1
 */
export function quantile(values: Float64Array, probability: number): number {
  const sorted = values.toSorted();
  const position = (sorted.length - 1) * probability;
  const below = sorted[Math.floor(position)] as number;
  const above = sorted[Math.ceil(position)] as number;
  return below + (above - below) * (position - Math.floor(position));
}
