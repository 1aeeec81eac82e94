/** How many closes on each side a swing point stands out from. */
const SHOULDER = 2;

/** Where a series turned: indices into it, ascending. */
export interface SwingPoints {
  readonly highs: readonly number[];
  readonly lows: readonly number[];
}

/**
 * Swing points: values above (below) the two before and the two after them, the fractals of Bill Williams ("Trading
 * Chaos", 1995), taken of closes since there are no highs and lows. The last two values cannot be any yet; equal
 * neighbours make none.
 *
 * @param values - ascending in time
 */
export function swingPoints(values: ArrayLike<number>): SwingPoints {
  const highs: number[] = [];
  const lows: number[] = [];
  for (let index = SHOULDER; index < values.length - SHOULDER; index++) {
    let isHigh = true;
    let isLow = true;
    for (let distance = 1; distance <= SHOULDER; distance++) {
      for (const neighbour of [values[index - distance], values[index + distance]] as number[]) {
        isHigh &&= (values[index] as number) > neighbour;
        isLow &&= (values[index] as number) < neighbour;
      }
    }
    if (isHigh) highs.push(index);
    if (isLow) lows.push(index);
  }
  return { highs, lows };
}
