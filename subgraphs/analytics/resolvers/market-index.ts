import type { AnalyticsContext } from '../context.ts';
import type { MarketIndex } from '../market/market-index.ts';

/** An index by its id; null for an unknown one. */
export async function findMarketIndex(
  { id }: { readonly id: string },
  { market }: AnalyticsContext,
): Promise<MarketIndex | null> {
  const { indices } = await market().universe;
  return indices.get(id) ?? null;
}

/** The type `MarketIndex`: all of its fields stand in the table. */
export const marketIndexResolvers = { __resolveReference: findMarketIndex };
