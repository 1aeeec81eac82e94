/**
 * Simple returns: r_t = P_t / P_(t-1) - 1.
 *
 * @param closes - ascending in time; NaN where there is no close
 * @returns one value less than closes; NaN where one of the two closes is missing
 */
export function simpleReturns(closes: Float64Array): Float64Array {
  return betweenCloses(closes, (before, after) => after / before - 1);
}

/**
 * Logarithmic returns: l_t = ln(P_t / P_(t-1)).
 *
 * @param closes - ascending in time; NaN where there is no close
 * @returns one value less than closes; NaN where one of the two closes is missing
 */
export function logReturns(closes: Float64Array): Float64Array {
  return betweenCloses(closes, (before, after) => Math.log(after / before));
}

function betweenCloses(
  closes: Float64Array,
  returnOf: (before: number, after: number) => number,
): Float64Array {
  const returns = new Float64Array(Math.max(0, closes.length - 1));
  for (let index = 0; index < returns.length; index++) {
    returns[index] = returnOf(closes[index] as number, closes[index + 1] as number);
  }
  return returns;
}

/** Total return: Π (1 + r_t) - 1 (PerformanceAnalytics, Return.cumulative). */
export function totalReturn(returns: Float64Array): number {
  return returns.reduce((growth, value) => growth * (1 + value), 1) - 1;
}
