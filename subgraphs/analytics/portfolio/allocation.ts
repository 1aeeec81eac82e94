import { Decimal, sumDecimals } from '../../shared/decimal.ts';
import type { MarketData } from '../market/market-data.ts';
import { isSupportedCurrency } from '../market/quote-assets.ts';
import type { PortfolioPositions } from './representation.ts';

/** By what shares are taken; names as in the SDL. */
export type AllocationDimension = 'TOKEN' | 'CATEGORY' | 'CHAIN';

/** The type `AllocationSlice` of the SDL; `weight` is a fraction. */
export interface AllocationSlice {
  readonly key: string;
  readonly label: string;
  readonly token: { readonly id: string } | null;
  readonly value: { readonly amount: Decimal; readonly currency: string };
  readonly weight: number;
}

const UNKNOWN = 'unknown';

/**
 * The share of each token, category or chain in the value of a portfolio: w_i = value_i / Σ values of the priced.
 *
 * @returns largest first; null when the base currency is not supported
 */
export function allocation(
  { baseCurrency, positions }: PortfolioPositions,
  by: AllocationDimension,
  market: MarketData,
): AllocationSlice[] | null {
  if (!isSupportedCurrency(baseCurrency)) return null;
  const values = new Map<string, Decimal>();
  for (const { token, quantity } of positions) {
    const price = market.latest.priceOf(token, baseCurrency);
    if (price === undefined || quantity.isZero()) continue;
    const key = keyOf(token, by, market);
    values.set(key, (values.get(key) ?? new Decimal(0)).plus(quantity.times(price)));
  }
  const total = sumDecimals(values.values());
  if (total.isZero()) return [];
  return [...values]
    .sort(([keyA, a], [keyB, b]) => b.cmp(a) || (keyA < keyB ? -1 : 1))
    .map(([key, value]) => ({
      key,
      label: labelOf(key, by, market),
      token: by === 'TOKEN' ? { id: key } : null,
      value: { amount: value, currency: baseCurrency },
      weight: value.div(total).toNumber(),
    }));
}

function keyOf(tokenId: string, by: AllocationDimension, { tokens }: MarketData): string {
  if (by === 'TOKEN') return tokenId;
  const token = tokens.get(tokenId);
  return (by === 'CATEGORY' ? token?.categories[0] : token?.chainIds[0]) ?? UNKNOWN;
}

function labelOf(key: string, by: AllocationDimension, { tokens, chainNames }: MarketData): string {
  if (by === 'TOKEN') return tokens.get(key)?.name ?? key;
  if (by === 'CHAIN' && key !== UNKNOWN) return chainNames.get(key) ?? key;
  const words = key.replaceAll('-', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
