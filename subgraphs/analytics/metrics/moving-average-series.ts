import { mean } from './mean.ts';

/**
 * Simple moving averages on doubles: each the mean of the n values that end with its own.
 *
 * Every window is summed anew: a running sum would carry the rounding of long gone large values along.
 *
 * @param values - ascending in time
 * @returns one average a value; NaN for the first n - 1 values
 */
export function smaSeries(values: Float64Array, period: number): Float64Array {
  return values.map((_, index) =>
    index < period - 1 ? Number.NaN : mean(values.subarray(index + 1 - period, index + 1)),
  );
}

/**
 * Exponential moving averages on doubles, by the rule of `ema`: seeded with the simple average of the first n
 * values, then e = e + k (P - e) with k = 2 / (n + 1).
 *
 * @param values - ascending in time; NaN only at the start, where another average is not there yet
 * @returns one average a value; NaN before the seed
 */
export function emaSeries(values: Float64Array, period: number): Float64Array {
  const averages = new Float64Array(values.length).fill(Number.NaN);
  const first = values.findIndex((value) => !Number.isNaN(value));
  const seeded = first + period - 1;
  if (first === -1 || seeded >= values.length) return averages;
  let average = mean(values.subarray(first, seeded + 1));
  averages[seeded] = average;
  for (let index = seeded + 1; index < values.length; index++) {
    average += (((values[index] as number) - average) * 2) / (period + 1);
    averages[index] = average;
  }
  return averages;
}
