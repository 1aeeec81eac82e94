import { Decimal as DecimalJs } from 'decimal.js';

/**
 * Exact base-10 arithmetic for money and quantities.
 *
 * 120 significant digits hold every value of the `Decimal` scalar (78 digits before and 36 after the point)
 * exactly; ties round to even, so that repeated rounding has no bias.
 */
export const Decimal = DecimalJs.clone({
  precision: 120,
  rounding: DecimalJs.ROUND_HALF_EVEN,
  toExpNeg: -200,
  toExpPos: 200,
});
export type Decimal = DecimalJs;

/** The most digits that the `Decimal` scalar has before the point; 78 hold an unsigned 256-bit integer. */
export const MAX_INTEGER_DIGITS = 78;
/** The most digits that the `Decimal` scalar has after the point. */
export const MAX_FRACTION_DIGITS = 36;

const PLAIN_DECIMAL = /^-?(?:0|[1-9]\d*)(?:\.\d+)?$/;

/**
 * Reads a plain base-10 number: no exponent, no leading zeros, no sign but `-`.
 *
 * @returns the number, or undefined when the text is none or has more digits than the scalar allows
 */
export function parseDecimal(text: string): Decimal | undefined {
  if (text.length > MAX_INTEGER_DIGITS + MAX_FRACTION_DIGITS + 2 || !PLAIN_DECIMAL.test(text))
    return undefined;
  const [integer = '', fraction = ''] = text.replace('-', '').split('.');
  if (integer.length > MAX_INTEGER_DIGITS || fraction.length > MAX_FRACTION_DIGITS) return undefined;
  return new Decimal(text);
}

/**
 * Writes a number as the `Decimal` scalar does: plain digits, at most 36 after the point (half to even), no
 * trailing zeros beyond the value's own digits.
 */
export function formatDecimal(value: Decimal): string {
  const text = value.toDecimalPlaces(MAX_FRACTION_DIGITS).toFixed();
  return text === '-0' ? '0' : text;
}

/** Adds up numbers exactly; 0 for none. */
export function sumDecimals(values: Iterable<Decimal>): Decimal {
  let sum = new Decimal(0);
  for (const value of values) sum = sum.plus(value);
  return sum;
}
