import { mean } from './mean.ts';

/**
 * Sample covariance: Σ (x - mean x)(y - mean y) / (n - 1), in two passes.
 *
 * @param xs - at least two values
 * @param ys - as many values as `xs`
 */
export function sampleCovariance(xs: ArrayLike<number>, ys: ArrayLike<number>): number {
  const meanX = mean(xs);
  const meanY = mean(ys);
  let sum = 0;
  for (let index = 0; index < xs.length; index++) {
    sum += ((xs[index] as number) - meanX) * ((ys[index] as number) - meanY);
  }
  return sum / (xs.length - 1);
}

/** Sample variance: the sample covariance of a variable with itself. */
export function sampleVariance(values: ArrayLike<number>): number {
  return sampleCovariance(values, values);
}

/** Sample standard deviation: the square root of the sample variance (divisor n - 1). */
export function sampleStandardDeviation(values: ArrayLike<number>): number {
  return Math.sqrt(sampleVariance(values));
}
