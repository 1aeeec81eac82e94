import { Decimal } from '../../shared/decimal.ts';

/** Indicators are recurrences with endless fractions: computed with 40 significant digits, half to even. */
const IndicatorDecimal = Decimal.clone({ precision: 40 });

/** A number under the working precision of indicators. */
export type IndicatorDecimal = InstanceType<typeof IndicatorDecimal>;

/** How many digits after the point an indicator is written with. */
export const INDICATOR_PLACES = 18;

/** Reads decimal text, or takes an exact number, into the working precision. */
export function toIndicatorDecimal(value: string | number | Decimal): IndicatorDecimal {
  return new IndicatorDecimal(value);
}

/** Rounds a computed indicator to its written form, half to even. */
export function roundIndicator(value: IndicatorDecimal): Decimal {
  return new Decimal(value.toDecimalPlaces(INDICATOR_PLACES));
}
