/**
 * Arithmetic mean: (Σ x) / n.
 *
 * Sums differences to the first value, so that equal values have exactly that value as their mean; a variance
 * of zero then is exactly zero and not rounding noise to divide by.
 *
 * @param values - at least one
 */
export function mean(values: ArrayLike<number>): number {
  const first = values[0] as number;
  let sum = 0;
  for (let index = 1; index < values.length; index++) sum += (values[index] as number) - first;
  return first + sum / values.length;
}
