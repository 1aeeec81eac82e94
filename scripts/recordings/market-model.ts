import { Decimal } from './decimal.ts';
import type { Close } from './price-model.ts';
import { findHighestClose, isStablecoin, universeSeed } from './price-model.ts';
import { lastRecordedDay } from './recording.ts';
import { createSeededRandom } from './seeded-random.ts';
import type { TokenRecord } from './token-registry.ts';
import { daysEndingAt } from './utc-day.ts';

/** Days of volumes by token, the last of them {@link lastRecordedDay}. */
export const volumeDayCount = 30;

/** A day of the recorded market as a whole; texts as recorded. */
export interface MarketDay {
  readonly day: string;
  readonly bitcoinDominancePct: string;
  readonly etherDominancePct: string;
  readonly totalMarketCapUsd: string;
  readonly totalVolume24hUsd: string;
}

/** A line of `supply.json`; quantities in whole tokens, plain decimals. */
export interface SupplyRecord {
  readonly tokenId: string;
  readonly circulatingSupply: string;
  readonly totalSupply: string;
  readonly maxSupply: string | null;
  /** The highest daily close of the set. */
  readonly allTimeHighUsd: string;
  /** When the day of that close ended. */
  readonly allTimeHighAt: string;
}

/** Volume of one token on one day in US dollars. */
export interface VolumeRow {
  readonly day: string;
  readonly tokenId: string;
  readonly volumeUsd: Decimal;
}

const supplyPlaces = 8;

/** The supply at which `close` × supply is `cap`. */
export function supplyForCap(cap: Decimal, close: string): Decimal {
  return cap.dividedBy(close).toDecimalPlaces(supplyPlaces);
}

/** The two real tokens with their share of the market on a day, as a fraction. */
export function dominanceOf(day: MarketDay): { readonly bitcoin: Decimal; readonly ethereum: Decimal } {
  return {
    bitcoin: new Decimal(day.bitcoinDominancePct).dividedBy(100),
    ethereum: new Decimal(day.etherDominancePct).dividedBy(100),
  };
}

/**
 * Derives the supplies of bitcoin and ether from recorded figures: dominance × total market cap ÷ close.
 * Bitcoin's most is the protocol's 21 million; ether has none.
 */
export function deriveRealSupplies(
  day: MarketDay,
  closes: Readonly<Record<'bitcoin' | 'ethereum', readonly Close[]>>,
): SupplyRecord[] {
  const dominance = dominanceOf(day);
  return (['bitcoin', 'ethereum'] as const).map((tokenId) => {
    const cap = dominance[tokenId].times(day.totalMarketCapUsd);
    const supply = supplyForCap(cap, lastClose(closes[tokenId])).toFixed();
    const highest = findHighestClose(closes[tokenId]);
    return {
      tokenId,
      circulatingSupply: supply,
      totalSupply: supply,
      maxSupply: tokenId === 'bitcoin' ? '21000000' : null,
      allTimeHighUsd: highest.close,
      allTimeHighAt: highest.at,
    };
  });
}

/** Derives the volumes of bitcoin and ether: their dominance's share of the recorded total volume. */
export function deriveRealVolumes(days: readonly MarketDay[]): VolumeRow[] {
  return days.flatMap((day) => {
    const dominance = dominanceOf(day);
    return (['bitcoin', 'ethereum'] as const).map((tokenId) => ({
      day: day.day,
      tokenId,
      volumeUsd: dominance[tokenId].times(day.totalVolume24hUsd),
    }));
  });
}

/**
 * Shares what the recorded market holds beside bitcoin and ether among priced tokens:
 * cap_k ∝ (k + 1)^-1.4, k = 1 for the first of the list (a falling power law by rank).
 */
export function makeSupplies(
  tokens: readonly TokenRecord[],
  closesOf: (tokenId: string) => readonly Close[],
  day: MarketDay,
): SupplyRecord[] {
  const dominance = dominanceOf(day);
  const rest = new Decimal(1).minus(dominance.bitcoin).minus(dominance.ethereum).times(day.totalMarketCapUsd);
  const weights = tokens.map((_, index) => new Decimal(index + 2).pow(-1.4));
  const weightSum = Decimal.sum(...weights);
  return tokens.map((token, index) => {
    const closes = closesOf(token.id);
    const cap = rest.times(weights[index] ?? 0).dividedBy(weightSum);
    const circulating = supplyForCap(cap, lastClose(closes));
    const random = createSeededRandom(`${universeSeed}:supply:${token.id}`);
    const locked = isStablecoin(token) ? 0 : random.below(40);
    const total = circulating
      .times(100 + locked)
      .dividedBy(100)
      .toDecimalPlaces(supplyPlaces);
    const highest = findHighestClose(closes);
    return {
      tokenId: token.id,
      circulatingSupply: circulating.toFixed(),
      totalSupply: total.toFixed(),
      maxSupply: locked > 0 && random.below(2) === 0 ? total.toFixed() : null,
      allTimeHighUsd: highest.close,
      allTimeHighAt: highest.at,
    };
  });
}

/**
 * Makes daily volumes: market cap × turnover × noise, scaled so that all tokens together trade what the
 * recorded market traded beside bitcoin and ether. Days before the recorded ones take their mean scale.
 */
export function makeVolumes(
  tokens: readonly TokenRecord[],
  closesOf: (tokenId: string) => readonly Close[],
  supplies: readonly SupplyRecord[],
  marketDays: readonly MarketDay[],
): VolumeRow[] {
  const supplyOf = new Map(supplies.map((record) => [record.tokenId, record.circulatingSupply]));
  const days = daysEndingAt(lastRecordedDay, volumeDayCount);
  const raw = tokens.flatMap((token) => {
    const closes = new Map(closesOf(token.id).map(({ day, close }) => [day, close]));
    const random = createSeededRandom(`${universeSeed}:volume:${token.id}`);
    const turnover = random.between(0.02, 0.1) * (isStablecoin(token) ? 4 : 1);
    return days.map((day): VolumeRow => {
      const cap = new Decimal(closes.get(day) ?? 0).times(supplyOf.get(token.id) ?? 0);
      return { day, tokenId: token.id, volumeUsd: cap.times(turnover * random.between(0.7, 1.3)) };
    });
  });
  const scaleOf = scaleByDay(raw, marketDays);
  return raw.map((row) => ({ ...row, volumeUsd: row.volumeUsd.times(scaleOf(row.day)) }));
}

function scaleByDay(raw: readonly VolumeRow[], marketDays: readonly MarketDay[]): (day: string) => Decimal {
  const scales = new Map(
    marketDays.map((marketDay) => {
      const dominance = dominanceOf(marketDay);
      const share = new Decimal(1).minus(dominance.bitcoin).minus(dominance.ethereum);
      const rows = raw.filter((row) => row.day === marketDay.day);
      const sum = Decimal.sum(...rows.map((row) => row.volumeUsd));
      return [marketDay.day, share.times(marketDay.totalVolume24hUsd).dividedBy(sum)];
    }),
  );
  const mean = Decimal.sum(...scales.values()).dividedBy(scales.size);
  return (day) => scales.get(day) ?? mean;
}

function lastClose(closes: readonly Close[]): string {
  const last = closes.at(-1);
  if (last === undefined) throw new Error('Expected at least one close.');
  return last.close;
}
