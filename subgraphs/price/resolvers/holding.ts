import type { Decimal } from '../../shared/decimal.ts';
import type { PriceContext } from '../price-context.ts';
import type { Price } from '../quotes/cross-rate.ts';
import { valueAtPrice, valueChangeAtPrice } from '../valuation/value-positions.ts';
import { type Money, moneyOf } from './money.ts';
import { readQuantity } from './read-quantity.ts';

/** A holding as the gateway represents it: with what `@requires` names when a valued field is asked for. */
export interface HoldingReference {
  readonly id: string;
  readonly quantity?: string;
  readonly baseCurrency?: string;
  readonly token?: { readonly id: string };
}

async function priceOf(
  { quantity, baseCurrency, token }: HoldingReference,
  { prices }: PriceContext,
): Promise<{ readonly price: Price; readonly quantity: Decimal } | null> {
  if (baseCurrency === undefined || token === undefined) {
    throw new TypeError('a Holding came without the fields that its value requires');
  }
  const exact = readQuantity(quantity);
  const price = await prices.load({ tokenId: token.id, currency: baseCurrency });
  return price && { price, quantity: exact };
}

/** Resolvers of the price subgraph's part of `Holding`. */
export const holdingResolvers = {
  __resolveReference: (reference: HoldingReference): HoldingReference => reference,

  async value(holding: HoldingReference, _args: unknown, context: PriceContext): Promise<Money | null> {
    const priced = await priceOf(holding, context);
    return priced && moneyOf(valueAtPrice(priced.quantity, priced.price), priced.price.currency);
  },

  async valueChange24h(
    holding: HoldingReference,
    _args: unknown,
    context: PriceContext,
  ): Promise<Money | null> {
    const priced = await priceOf(holding, context);
    return priced && moneyOf(valueChangeAtPrice(priced.quantity, priced.price), priced.price.currency);
  },
};
