/** The deepest fall of a series of values from a peak. */
export interface Drawdown {
  /** A fraction, negative; 0 when the values never fell. */
  readonly depth: number;
  /** The index of the peak before the fall, and of its bottom; both null when the values never fell. */
  readonly peakIndex: number | null;
  readonly bottomIndex: number | null;
}

/**
 * Maximum drawdown: min over t of V_t / max_(s ≤ t) V_s - 1; the start counts as a peak (PerformanceAnalytics,
 * maxDrawdown, there with a positive sign).
 *
 * @param values - positive, ascending in time
 * @returns the first one when several falls are equally deep
 */
export function maxDrawdown(values: Float64Array): Drawdown {
  let deepest: Drawdown = { depth: 0, peakIndex: null, bottomIndex: null };
  let peakIndex = 0;
  for (const [index, value] of values.entries()) {
    const peak = values[peakIndex] as number;
    if (value > peak) peakIndex = index;
    const depth = value / peak - 1;
    if (depth < deepest.depth) deepest = { depth, peakIndex, bottomIndex: index };
  }
  return deepest;
}
