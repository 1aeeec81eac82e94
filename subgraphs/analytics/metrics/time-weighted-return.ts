/** A stretch without external flows but the one at its start. */
export interface SubPeriod {
  /** V_start + F: what was at work from the start on, the flow at the start included. */
  readonly base: number;
  /** V_end: what became of it. */
  readonly endValue: number;
  /** Whether the flow at the start took everything out. */
  readonly isClosedOut: boolean;
}

/**
 * Time-weighted return: Π V_end / (V_start + F) - 1 over sub-periods between external flows, each flow at the
 * start of its sub-period (GIPS).
 *
 * A sub-period with nothing at work, since its base is not positive or everything was taken out, has no return
 * and leaves the chain as it is.
 *
 * @returns after each sub-period the return since the start, and whether any sub-period had a return
 */
export function timeWeightedReturn(subPeriods: readonly SubPeriod[]): {
  readonly cumulative: readonly number[];
  readonly hasReturn: boolean;
} {
  let growth = 1;
  let hasReturn = false;
  const cumulative = subPeriods.map(({ base, endValue, isClosedOut }) => {
    if (base > 0 && !isClosedOut) {
      growth *= endValue / base;
      hasReturn = true;
    }
    return growth - 1;
  });
  return { cumulative, hasReturn };
}
