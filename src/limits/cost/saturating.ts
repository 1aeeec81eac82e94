/** The most points that anything costs: the greatest `Int` of GraphQL. Sums and products stop here. */
export const MOST_POINTS = 2_147_483_647;

/** Adds points without going beyond `MOST_POINTS`. */
export function addPoints(left: number, right: number): number {
  return Math.min(MOST_POINTS, left + right);
}

/** Multiplies points without going beyond `MOST_POINTS`; both factors are at least 0. */
export function multiplyPoints(left: number, right: number): number {
  return Math.min(MOST_POINTS, left * right);
}
