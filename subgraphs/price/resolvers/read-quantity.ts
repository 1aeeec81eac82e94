import { type Decimal, parseDecimal } from '../../shared/decimal.ts';

/**
 * Reads a quantity out of an entity representation, where it stands as the text of the `Decimal` scalar.
 *
 * @throws TypeError when it is missing or no decimal; representations come from the gateway, so this is a fault
 */
export function readQuantity(text: string | undefined): Decimal {
  const quantity = typeof text === 'string' ? parseDecimal(text) : undefined;
  if (quantity === undefined) throw new TypeError(`expected a quantity as decimal text, found ${text}`);
  return quantity;
}
