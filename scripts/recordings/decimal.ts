import { Decimal as BaseDecimal } from 'decimal.js';

/** Exact decimals for recorded and derived figures: 60 significant digits, half-even rounding. */
export const Decimal = BaseDecimal.clone({ precision: 60, rounding: BaseDecimal.ROUND_HALF_EVEN });

/** A value of {@link Decimal}. */
export type Decimal = BaseDecimal;

/**
 * Writes a modelled number as a plain decimal string, without exponent or trailing zeros.
 *
 * Only for values that a synthetic model made: a recorded figure is text and stays text.
 *
 * @param value - finite
 * @param significantDigits - digits kept, from 1
 */
export function toPlainDecimal(value: number, significantDigits: number): string {
  return new Decimal(value.toPrecision(significantDigits)).toFixed();
}
