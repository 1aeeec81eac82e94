import { toPlainDecimal } from './decimal.ts';
import { lastRecordedDay } from './recording.ts';
import { createSeededRandom } from './seeded-random.ts';
import { contractTokens, inactiveTokens } from './token-facts.ts';
import type { TokenRecord } from './token-registry.ts';
import { addDays, closeOfDay, daysEndingAt, startOfDayMs } from './utc-day.ts';

/** The seed of all synthetic figures; another one makes another market. */
export const universeSeed = 'tributary-universe-1';

/** Days of synthetic closes, the last of them {@link lastRecordedDay}. */
export const syntheticDayCount = 1095;

/** Days of synthetic hourly candles. */
export const hourlyDayCount = 15;

const priceDigits = 6;
const dayHours = 24;

/** A closing price. */
export interface Close {
  /** `YYYY-MM-DD`, UTC. */
  readonly day: string;
  /** US dollars, plain decimal. */
  readonly close: string;
}

/** What the model needs to know of a token. */
export interface PriceProfile {
  readonly tokenId: string;
  /** Sensitivity to bitcoin's simple daily return. */
  readonly beta: number;
  /** Standard deviation of the token's own daily return, a fraction. */
  readonly ownDeviation: number;
  /** The price on the last recorded day, US dollars. */
  readonly endPrice: number;
  readonly peg: 'none' | 'dollar' | { readonly tokenId: string };
  /** The last day with a close. */
  readonly lastDay: string;
}

/**
 * Draws a token's parameters from the seed, around what is usual in its category.
 *
 * The draws depend on the token's id alone, so that other tokens may come and go.
 */
export function createPriceProfile(token: Pick<TokenRecord, 'id' | 'categories'>): PriceProfile {
  const random = createSeededRandom(`${universeSeed}:profile:${token.id}`);
  const isMeme = token.categories.includes('meme');
  const isExchange = token.categories.includes('exchange-token');
  const [lowBeta, highBeta] = isMeme ? [1.2, 1.7] : isExchange ? [0.6, 0.95] : [0.9, 1.5];
  const [lowDeviation, highDeviation] = isMeme ? [0.03, 0.045] : isExchange ? [0.012, 0.02] : [0.016, 0.034];
  const exponent = isMeme ? random.below(4) - 6 : random.below(5) - 2;
  const pegTokenId = contractTokens.find((candidate) => candidate.id === token.id)?.pegTokenId;
  return {
    tokenId: token.id,
    beta: random.between(lowBeta, highBeta),
    ownDeviation: random.between(lowDeviation, highDeviation),
    endPrice: Number(`${random.between(1, 10)}e${exponent}`),
    peg: pegTokenId === undefined ? (isStablecoin(token) ? 'dollar' : 'none') : { tokenId: pegTokenId },
    lastDay: inactiveTokens[token.id] ?? lastRecordedDay,
  };
}

/** Whether a token is meant to stay at one dollar. */
export function isStablecoin(token: Pick<TokenRecord, 'categories'>): boolean {
  return token.categories.includes('stablecoin');
}

/**
 * Makes daily closes of one token by a one-factor model.
 *
 * r_t = beta × b_t + own deviation × z_t, b = bitcoin's real simple return, z from the seed; the path is
 * scaled to end at the profile's price. A dollar peg is 1 + small noise, another peg its token's close
 * times 1 + small noise.
 *
 * @param bitcoinCloses - real, ascending, without a gap, from the day before the first synthetic day
 * @param pegCloses - closes of the token that this one follows, when it does
 * @see Sharpe, W. F. (1963), A Simplified Model for Portfolio Analysis
 */
export function makeDailyCloses(
  profile: PriceProfile,
  bitcoinCloses: readonly Close[],
  pegCloses: readonly Close[] = [],
): Close[] {
  const random = createSeededRandom(`${universeSeed}:closes:${profile.tokenId}`);
  const days = daysEndingAt(lastRecordedDay, syntheticDayCount);
  const levels = makeLevels(profile, days, bitcoinCloses, pegCloses, random.normal);
  return days
    .map((day, index) => ({ day, close: toPlainDecimal(levels[index] ?? Number.NaN, priceDigits) }))
    .filter(({ day }) => day <= profile.lastDay);
}

function makeLevels(
  profile: PriceProfile,
  days: readonly string[],
  bitcoinCloses: readonly Close[],
  pegCloses: readonly Close[],
  normal: () => number,
): number[] {
  if (profile.peg === 'dollar') return days.map(() => 1 + 0.0004 * normal());
  if (profile.peg !== 'none') {
    const followed = closesByDay(pegCloses);
    return days.map((day) => closeOn(followed, day) * (1 + 0.0008 * normal()));
  }
  const bitcoin = closesByDay(bitcoinCloses);
  let level = 1;
  const path = days.map((day) => {
    const bitcoinReturn = closeOn(bitcoin, day) / closeOn(bitcoin, addDays(day, -1)) - 1;
    level *= 1 + profile.beta * bitcoinReturn + profile.ownDeviation * normal();
    return level;
  });
  return path.map((value) => (profile.endPrice * value) / level);
}

function closesByDay(closes: readonly Close[]): Map<string, number> {
  return new Map(closes.map(({ day, close }) => [day, Number(close)]));
}

function closeOn(closes: ReadonlyMap<string, number>, day: string): number {
  const close = closes.get(day);
  if (close === undefined) throw new Error(`Expected a close on ${day}, found none.`);
  return close;
}

/** Volume of one token on one day. */
export interface DayVolume {
  readonly day: string;
  /** Tokens traded. */
  readonly tokens: number;
}

/** One hourly candle as its CSV fields: openTime, open, high, low, close, volume, closed. */
export type CandleRow = readonly [string, string, string, string, string, string, string];

/**
 * Makes hourly candles that agree with daily closes: each hour opens at the close before, and the last
 * hour of a day closes exactly at that day's close.
 *
 * @param closes - ascending; holds every day of `volumes` and the day before the first
 * @param volumes - ascending days; each day's hours add up to its volume, but for rounding
 */
export function makeHourlyCandles(
  profile: PriceProfile,
  closes: readonly Close[],
  volumes: readonly DayVolume[],
): CandleRow[] {
  const random = createSeededRandom(`${universeSeed}:hours:${profile.tokenId}`);
  const texts = new Map(closes.map(({ day, close }) => [day, close]));
  const hourDeviation = profile.peg === 'dollar' ? 0.0002 : profile.ownDeviation / 6;
  return volumes.flatMap(({ day, tokens }) => {
    const opening = texts.get(addDays(day, -1));
    const closing = texts.get(day);
    if (opening === undefined || closing === undefined) {
      throw new Error(`Expected closes of ${profile.tokenId} on ${day} and the day before.`);
    }
    const prices = bridge(opening, closing, hourDeviation, random.normal);
    const shares = Array.from({ length: dayHours }, () => random.between(0.5, 1.5));
    const shareSum = shares.reduce((sum, share) => sum + share, 0);
    return shares.map((share, hour): CandleRow => {
      const [open = opening, close = closing] = prices.slice(hour, hour + 2);
      const [low, high] = [Number(open), Number(close)].toSorted((a, b) => a - b) as [number, number];
      const above = 1 + random.fraction() * hourDeviation;
      const below = 1 - random.fraction() * hourDeviation;
      return [
        new Date(startOfDayMs(day) + hour * 3_600_000).toISOString(),
        open,
        toPlainDecimal(Math.max(high, Number((high * above).toPrecision(priceDigits))), priceDigits),
        toPlainDecimal(Math.min(low, Number((low * below).toPrecision(priceDigits))), priceDigits),
        close,
        toPlainDecimal((tokens * share) / shareSum, priceDigits),
        'true',
      ];
    });
  });
}

/** 25 prices from one text to the other: a straight line with noise that fades out at both ends. */
function bridge(opening: string, closing: string, deviation: number, normal: () => number): string[] {
  const start = Number(opening);
  const step = (Number(closing) - start) / dayHours;
  const inner = Array.from({ length: dayHours - 1 }, (_, index) => {
    const hour = index + 1;
    const width = Math.sqrt((hour * (dayHours - hour)) / dayHours);
    return toPlainDecimal((start + step * hour) * (1 + deviation * width * normal()), priceDigits);
  });
  return [opening, ...inner, closing];
}

/** The highest of some closes with the instant at which that day was closed; the first one among equals. */
export function findHighestClose(closes: readonly Close[]): { readonly close: string; readonly at: string } {
  const [first, ...rest] = closes;
  if (first === undefined) throw new Error('Expected at least one close.');
  const highest = rest.reduce((best, item) => (Number(item.close) > Number(best.close) ? item : best), first);
  return { close: highest.close, at: closeOfDay(highest.day) };
}
