import { createHash } from 'node:crypto';

/** Reproducible pseudo-random numbers; not for secrets. */
export interface SeededRandom {
  /** The next fraction, at least 0 and below 1, with 32 bits of resolution. */
  fraction(): number;
  /** The next whole number, at least 0 and below `limit`. */
  below(limit: number): number;
  /** The next number between two bounds. */
  between(low: number, high: number): number;
  /** The next nearly normal number: mean 0, variance 1, never beyond ±6. */
  normal(): number;
  /** One of the items. @throws Error for an empty list */
  pick<T>(items: readonly T[]): T;
}

/**
 * Creates a generator (xoshiro128**) whose state is the SHA-256 of a seed text.
 *
 * Normal numbers are sums of twelve uniform ones (Irwin-Hall), so that only IEEE additions are used
 * and every platform makes the same digits.
 *
 * @see https://prng.di.unimi.it/xoshiro128starstar.c
 */
export function createSeededRandom(seed: string): SeededRandom {
  const digest = createHash('sha256').update(seed).digest();
  let a = digest.readUInt32LE(0);
  let b = digest.readUInt32LE(4);
  let c = digest.readUInt32LE(8);
  let d = digest.readUInt32LE(12);

  const fraction = (): number => {
    const result = Math.imul(rotateLeft(Math.imul(b, 5), 7), 9) >>> 0;
    const shifted = b << 9;
    c ^= a;
    d ^= b;
    b ^= c;
    a ^= d;
    c ^= shifted;
    d = rotateLeft(d, 11);
    return result / 2 ** 32;
  };
  const below = (limit: number): number => Math.floor(fraction() * limit);
  return {
    fraction,
    below,
    between: (low, high) => low + (high - low) * fraction(),
    normal: () => {
      let sum = -6;
      for (let count = 0; count < 12; count += 1) sum += fraction();
      return sum;
    },
    pick: (items) => {
      const item = items[below(items.length)];
      if (item === undefined) throw new Error('Expected at least one item to pick from.');
      return item;
    },
  };
}

function rotateLeft(word: number, bits: number): number {
  return (word << bits) | (word >>> (32 - bits));
}
