import type { Decimal } from '../../shared/decimal.ts';
import type { HighestClose } from '../history/price-history.ts';
import type { MarketRow } from '../market/market-table.ts';
import type { PriceContext } from '../price-context.ts';
import { crossRate, type Price } from '../quotes/cross-rate.ts';
import { type Money, moneyOf } from './money.ts';

/** What `TokenMarket` resolves from. */
export interface TokenMarketParent {
  readonly row: MarketRow;
  /** The token's price in the currency that was asked for. */
  readonly price: Price;
}

/** Looks up what is known of a token's market; null for one that is not priced. */
export async function loadTokenMarket(
  tokenId: string,
  currency: string,
  { prices, marketTable }: PriceContext,
): Promise<TokenMarketParent | null> {
  const price = await prices.load({ tokenId, currency });
  if (price === null) return null;
  const row = (await marketTable()).get(tokenId);
  return row === undefined ? null : { row, price };
}

function atPrice({ price }: TokenMarketParent, quantity: Decimal | null | undefined): Money | null {
  return moneyOf(quantity == null ? null : price.amount.times(quantity), price.currency);
}

/** What a dollar costs in the currency of a price, by the two prices of the same token. */
function convertUsd({ row, price }: TokenMarketParent, usd: Decimal | null | undefined): Decimal | null {
  if (usd == null || price.currency === 'USD') return usd ?? null;
  return crossRate(usd.times(price.amount), row.quote.amount);
}

function highestOf(
  { row, price }: TokenMarketParent,
  { history }: PriceContext,
): Promise<HighestClose | null> {
  return history.highestClose(row.tokenId, price.currency);
}

/** Resolvers of `TokenMarket`. */
export const tokenMarketResolvers = {
  marketCap: (parent: TokenMarketParent): Money | null =>
    atPrice(parent, parent.row.statistics?.circulatingSupply),
  fullyDilutedValuation: (parent: TokenMarketParent): Money | null =>
    atPrice(parent, parent.row.statistics?.maxSupply ?? parent.row.statistics?.totalSupply),
  volume24h: (parent: TokenMarketParent): Money | null =>
    moneyOf(convertUsd(parent, parent.row.statistics?.volume24hUsd), parent.price.currency),
  rank: ({ row }: TokenMarketParent): number | null => row.rank,
  circulatingSupply: ({ row }: TokenMarketParent): Decimal | null =>
    row.statistics?.circulatingSupply ?? null,
  totalSupply: ({ row }: TokenMarketParent): Decimal | null => row.statistics?.totalSupply ?? null,
  maxSupply: ({ row }: TokenMarketParent): Decimal | null => row.statistics?.maxSupply ?? null,
  async allTimeHigh(parent: TokenMarketParent, _args: unknown, context: PriceContext): Promise<Money | null> {
    return moneyOf((await highestOf(parent, context))?.amount, parent.price.currency);
  },
  async allTimeHighAt(
    parent: TokenMarketParent,
    _args: unknown,
    context: PriceContext,
  ): Promise<Date | null> {
    const highest = await highestOf(parent, context);
    return highest && new Date(highest.atMs);
  },
  // Statistics may be an older copy than the price, while the provider fails.
  asOf: ({ row, price }: TokenMarketParent): Date =>
    new Date(Math.min(price.asOfMs, row.statistics?.asOfMs ?? Number.POSITIVE_INFINITY)),
};
