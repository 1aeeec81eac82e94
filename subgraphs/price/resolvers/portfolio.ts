import type { PriceContext } from '../price-context.ts';
import type { RecordedToken } from '../recording/recording-set.ts';
import { type Valuation, valuePositions } from '../valuation/value-positions.ts';
import { type Money, moneyOf } from './money.ts';
import { readQuantity } from './read-quantity.ts';

/** A portfolio as the gateway represents it: with what `@requires` names when its value is asked for. */
export interface PortfolioReference {
  readonly id: string;
  readonly baseCurrency?: string;
  readonly positions?: readonly { readonly quantity: string; readonly token: { readonly id: string } }[];
}

/** What `PortfolioValue` resolves from. */
interface PortfolioValueParent extends Valuation {
  readonly currency: string;
}

/** Resolvers of the price subgraph's part of `Portfolio`. */
export const portfolioResolvers = {
  __resolveReference: (reference: PortfolioReference): PortfolioReference => reference,

  async totalValue(
    { baseCurrency, positions }: PortfolioReference,
    _args: unknown,
    { prices, clock }: PriceContext,
  ): Promise<PortfolioValueParent> {
    if (baseCurrency === undefined || positions === undefined) {
      throw new TypeError('a Portfolio came without the fields that its value requires');
    }
    const priced = await Promise.all(
      positions.map(async ({ quantity, token }) => ({
        tokenId: token.id,
        quantity: readQuantity(quantity),
        price: await prices.load({ tokenId: token.id, currency: baseCurrency }),
      })),
    );
    return { ...valuePositions(priced, clock.now()), currency: baseCurrency };
  },
};

/** Resolvers of `PortfolioValue`. */
export const portfolioValueResolvers = {
  value: ({ value, currency }: PortfolioValueParent): Money | null => moneyOf(value, currency),
  change24h: ({ change24h, currency }: PortfolioValueParent): Money | null => moneyOf(change24h, currency),
  asOf: ({ asOfMs }: PortfolioValueParent): Date => new Date(asOfMs),
  // Of a token that the registry does not know, nothing but the id can be told.
  unpricedTokens: (
    { unpricedTokenIds }: PortfolioValueParent,
    _args: unknown,
    { registry }: PriceContext,
  ): readonly (RecordedToken | { readonly id: string })[] =>
    unpricedTokenIds.map((id) => registry.token(id) ?? { id }),
};
