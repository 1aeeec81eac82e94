import { Decimal, sumDecimals } from '../../shared/decimal.ts';
import { sampleStandardDeviation } from '../metrics/covariance.ts';
import { INDICATOR_PLACES } from '../metrics/indicator-decimal.ts';
import { logReturns } from '../metrics/returns.ts';
import { swingPoints } from '../metrics/swing-points.ts';
import { barColumnsOf } from './bar-columns.ts';
import type { Bar } from './bars.ts';
import { DOCUMENT_CURRENCY } from './quote-assets.ts';

/** The stretch in which turns are looked for. */
const LEVEL_BARS = 365;
/** One turn is an event, two at the same price are a level. */
const MIN_TOUCHES = 2;
const MAX_LEVELS_OF_A_KIND = 3;

/** The type `PriceLevel` of the SDL. */
export interface PriceLevel {
  readonly kind: 'SUPPORT' | 'RESISTANCE';
  readonly price: { readonly amount: Decimal; readonly currency: string };
  /** How many swing points the level is made of. */
  readonly touches: number;
}

/**
 * Support and resistance: prices at which daily closes turned more than once.
 *
 * Swing lows (of `swingPoints`) of the last 365 bars are put together from the lowest one up: a level takes all
 * that are within a tolerance above its lowest one; likewise swing highs. The tolerance is the sample standard
 * deviation of the stretch's log returns, that is, one day's usual move. A level's price is the mean of its swing
 * points, with 18 places. Levels of lows below the last close are supports, levels of highs above it resistances;
 * what has been broken is neither. That such levels slow prices down was found by Carol Osler, "Support for
 * Resistance: Technical Analysis and Intraday Exchange Rates", FRBNY Economic Policy Review, 2000.
 *
 * @param bars - daily, ascending in time
 * @returns at most three of each kind, nearest to the last close first, by ratio
 */
export function priceLevels(bars: readonly Bar[]): PriceLevel[] {
  const stretch = bars.slice(-LEVEL_BARS);
  const { closes } = barColumnsOf(stretch);
  const lastClose = closes.at(-1);
  if (lastClose === undefined) return [];
  const returns = logReturns(closes).filter(Number.isFinite);
  if (returns.length < 2) return [];
  const tolerance = sampleStandardDeviation(returns);
  const { highs, lows } = swingPoints(closes);
  const distanceOf = ({ price }: PriceLevel) => Math.abs(Math.log(price.amount.toNumber() / lastClose));
  const nearest = (levels: PriceLevel[]) =>
    levels.toSorted((a, b) => distanceOf(a) - distanceOf(b)).slice(0, MAX_LEVELS_OF_A_KIND);
  const pricesAt = (indices: readonly number[]) => indices.map((index) => (stretch[index] as Bar).close);
  const supports = levelsOf('SUPPORT', pricesAt(lows), tolerance).filter(({ price }) =>
    price.amount.lt(lastClose),
  );
  const resistances = levelsOf('RESISTANCE', pricesAt(highs), tolerance).filter(({ price }) =>
    price.amount.gt(lastClose),
  );
  return [...nearest(supports), ...nearest(resistances)].sort((a, b) => distanceOf(a) - distanceOf(b));
}

/** Puts prices together that lie within a tolerance, told as the logarithm of a ratio. */
function levelsOf(kind: PriceLevel['kind'], prices: readonly string[], tolerance: number): PriceLevel[] {
  const groups: string[][] = [];
  for (const price of prices.toSorted((a, b) => Number(a) - Number(b))) {
    const group = groups.at(-1);
    if (group !== undefined && Math.log(Number(price) / Number(group[0])) <= tolerance) group.push(price);
    else groups.push([price]);
  }
  return groups
    .filter(({ length }) => length >= MIN_TOUCHES)
    .map((group) => {
      const mean = sumDecimals(group.map((price) => new Decimal(price))).div(group.length);
      return {
        kind,
        price: { amount: mean.toDecimalPlaces(INDICATOR_PLACES), currency: DOCUMENT_CURRENCY },
        touches: group.length,
      };
    });
}
