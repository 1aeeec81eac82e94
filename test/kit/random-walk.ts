import type { CloseSeries } from '../../subgraphs/shared/market-copy.ts';

/** A seeded generator of numbers from 0 to 1: the linear congruential one of Numerical Recipes, ch. 7. */
export function seededRandom(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** Daily closes that wander by up to 5 % a day; the same ones for the same seed. */
export function randomWalk(seed: number, from: string, days: number, start: number): CloseSeries {
  const random = seededRandom(seed);
  let price = start;
  const values = Array.from({ length: days }, () => {
    price *= 1 + (random() - 0.48) * 0.1;
    return price.toFixed(8);
  });
  return { from, values };
}
