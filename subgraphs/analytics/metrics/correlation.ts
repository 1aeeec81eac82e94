import { sampleCovariance, sampleVariance } from './covariance.ts';

/** Below this many common days a correlation says nothing. */
export const MIN_OBSERVATIONS = 30;

/**
 * Pearson's correlation: cov(x, y) / (s(x) s(y)), kept within -1 and 1 against rounding.
 *
 * @returns null when one of the two does not vary
 */
export function correlation(xs: Float64Array, ys: Float64Array): number | null {
  const deviations = Math.sqrt(sampleVariance(xs)) * Math.sqrt(sampleVariance(ys));
  if (deviations === 0) return null;
  return Math.max(-1, Math.min(1, sampleCovariance(xs, ys) / deviations));
}

/** The values of two aligned series on the days on which both have one. */
export function commonObservations(
  xs: Float64Array,
  ys: Float64Array,
): { readonly xs: Float64Array; readonly ys: Float64Array; readonly observations: number } {
  const isCommon = (_: number, index: number) => Number.isFinite(xs[index]) && Number.isFinite(ys[index]);
  const commonXs = xs.filter(isCommon);
  return { xs: commonXs, ys: ys.filter(isCommon), observations: commonXs.length };
}
