import assert from 'node:assert/strict';
import type { Decimal } from '../../subgraphs/shared/decimal.ts';

/** An exact ratio, so that a model has no rounding to share with what it judges. */
export class Ratio {
  readonly top: bigint;
  readonly bottom: bigint;
  constructor(top: bigint, bottom = 1n) {
    this.top = top;
    this.bottom = bottom;
  }
  plus({ top, bottom }: Ratio): Ratio {
    return new Ratio(this.top * bottom + top * this.bottom, this.bottom * bottom).reduced();
  }
  times(factor: Ratio): Ratio {
    return new Ratio(this.top * factor.top, this.bottom * factor.bottom).reduced();
  }
  negated(): Ratio {
    return new Ratio(-this.top, this.bottom);
  }
  reduced(): Ratio {
    let [a, b] = [this.top < 0n ? -this.top : this.top, this.bottom];
    while (b !== 0n) [a, b] = [b, a % b];
    return a === 0n ? new Ratio(0n) : new Ratio(this.top / a, this.bottom / a);
  }
}

/** The ratio 0. */
export const NOTHING = new Ratio(0n);

/** Requires a number to be a ratio, to 60 digits after the point: shares of a cost are rounded at 72. */
export function assertIsRatio(actual: Decimal, { top, bottom }: Ratio): void {
  const scaled = BigInt(actual.times('1e72').toFixed(0)) * bottom - top * 10n ** 72n;
  const distance = scaled < 0n ? -scaled : scaled;
  assert.ok(distance <= bottom * 10n ** 12n, `${actual.toFixed()} is not ${top}/${bottom}`);
}
