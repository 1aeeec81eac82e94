import { z } from 'zod';
import { Decimal } from '../../../shared/decimal.ts';
import { type Candle, CandleSeries } from '../../candles/candle-series.ts';
import { CloseSeries } from '../../history/close-series.ts';
import type { Quote, TokenId, TokenStatistics } from '../market-data-provider.ts';
import { ProviderFailure } from '../provider-failure.ts';

const number = z.instanceof(Decimal);
const amount = number.refine((value) => value.greaterThanOrEqualTo(0));
const optionalAmount = amount.nullish().transform((value) => value ?? null);
const optionalNumber = number.nullish().transform((value) => value ?? null);
const instantMs = number.transform((value) => value.toNumber());

const marketRow = z.object({
  id: z.string(),
  current_price: optionalAmount,
  last_updated: z.iso.datetime().nullish(),
  price_change_percentage_1h_in_currency: optionalNumber,
  price_change_percentage_24h_in_currency: optionalNumber,
  price_change_percentage_7d_in_currency: optionalNumber,
  total_volume: optionalAmount,
  circulating_supply: optionalAmount,
  total_supply: optionalAmount,
  max_supply: optionalAmount,
  sparkline_in_7d: z.object({ price: z.array(amount) }).nullish(),
});
/** A row of `/coins/markets`. */
export type MarketAnswer = z.infer<typeof marketRow>;

const chart = z.object({ prices: z.array(z.unknown()) });
const ohlc = z.array(z.tuple([instantMs, amount, amount, amount, amount]));

/** The source has a new price about once a minute. */
const QUOTE_INTERVAL_MS = 60_000;
/** How long after the end of a period a point of a chart still stands for it. */
const POINT_TOLERANCE_MS = 5 * 60_000;
const SOURCE = 'coingecko';

function read<Value>(schema: z.ZodType<Value>, body: unknown, what: string): Value {
  const parsed = schema.safeParse(body);
  if (parsed.success) return parsed.data;
  throw new ProviderFailure('INVALID_ANSWER', `answered ${what} of another form`, { cause: parsed.error });
}

/**
 * Reads `/coins/markets`. Rows of another form are left out, as if the token were unknown: one bad row must not
 * cost the prices of all others.
 *
 * @throws ProviderFailure INVALID_ANSWER when the body is no list, or none of its rows can be read
 */
export function readMarkets(body: unknown): Map<TokenId, MarketAnswer> {
  const rows = read(z.array(z.unknown()), body, 'markets');
  const markets = new Map<TokenId, MarketAnswer>();
  for (const row of rows) {
    const parsed = marketRow.safeParse(row);
    if (parsed.success) markets.set(parsed.data.id, parsed.data);
  }
  if (rows.length > 0 && markets.size === 0) {
    throw new ProviderFailure('INVALID_ANSWER', 'answered markets of another form');
  }
  return markets;
}

/** Makes a quote of a row; undefined where the row has no price or does not tell how old it is. */
export function quoteOfMarket(row: MarketAnswer): Quote | undefined {
  const { current_price: price, last_updated: lastUpdated } = row;
  if (price === null || lastUpdated == null) return undefined;
  return {
    amount: price,
    hourAgo: priceBefore(price, row.price_change_percentage_1h_in_currency),
    dayAgo: priceBefore(price, row.price_change_percentage_24h_in_currency),
    weekAgo: priceBefore(price, row.price_change_percentage_7d_in_currency),
    asOfMs: Date.parse(lastUpdated),
    intervalMs: QUOTE_INTERVAL_MS,
    source: SOURCE,
    sourceKind: 'AGGREGATOR',
  };
}

/** What a price was before it changed by so many percent: price / (1 + percent / 100). */
function priceBefore(price: Decimal, percent: Decimal | null): Decimal | null {
  if (percent === null) return null;
  const factor = percent.dividedBy(100).plus(1);
  return factor.greaterThan(0) ? price.dividedBy(factor) : null;
}

/** Makes market figures of a row. */
export function statisticsOfMarket(row: MarketAnswer): TokenStatistics | undefined {
  if (row.last_updated == null) return undefined;
  return {
    circulatingSupply: row.circulating_supply,
    totalSupply: row.total_supply,
    maxSupply: row.max_supply,
    volume24hUsd: row.total_volume,
    asOfMs: Date.parse(row.last_updated),
  };
}

/** The hours of the last seven days of a row; undefined where it has none. */
export function sparklineOfMarket({
  sparkline_in_7d: sparkline,
}: MarketAnswer): readonly string[] | undefined {
  const prices = sparkline?.price ?? [];
  return prices.length === 0 ? undefined : prices.map((price) => price.toFixed());
}

/**
 * Reads `/coins/{id}/market_chart` as closes: the first point within five minutes after the end of a period is its
 * close; other points, such as the latest price, stand for none.
 *
 * @throws ProviderFailure INVALID_ANSWER
 */
export function readCloses(body: unknown, intervalMs: number): CloseSeries | undefined {
  const closes = new Map<number, string>();
  for (const point of read(chart, body, 'a chart').prices) {
    const [at, price] = Array.isArray(point) ? point : [];
    if (price === null) continue;
    // By hand: a chart has thousands of points, and a schema for each costs more than all the rest.
    if (!(at instanceof Decimal) || !(price instanceof Decimal) || price.isNegative()) {
      throw new ProviderFailure('INVALID_ANSWER', 'answered a chart with points of another form');
    }
    const atMs = at.toNumber();
    const endMs = Math.floor(atMs / intervalMs) * intervalMs;
    if (atMs - endMs <= POINT_TOLERANCE_MS && !closes.has(endMs)) closes.set(endMs, price.toFixed());
  }
  const ends = [...closes.keys()];
  if (ends.length === 0) return undefined;
  const firstEndMs = Math.min(...ends);
  const count = (Math.max(...ends) - firstEndMs) / intervalMs + 1;
  const values = Array.from(
    { length: count },
    (_, index) => closes.get(firstEndMs + index * intervalMs) ?? null,
  );
  return new CloseSeries(firstEndMs, intervalMs, values);
}

/**
 * Reads `/coins/{id}/ohlc`. The instants of the API are the ends of candles; the last one may still be running, and is
 * left out. There is no volume.
 *
 * @throws ProviderFailure INVALID_ANSWER
 */
export function readCandles(body: unknown, intervalMs: number, nowMs: number): CandleSeries | undefined {
  const byOpen = new Map<number, Candle>();
  for (const [endMs, ...prices] of read(ohlc, body, 'candles')) {
    if (endMs > nowMs || endMs % intervalMs !== 0) continue;
    const [open, high, low, close] = prices.map((price) => price.toFixed()) as [
      string,
      string,
      string,
      string,
    ];
    byOpen.set(endMs - intervalMs, { openMs: endMs - intervalMs, open, high, low, close, volume: null });
  }
  const candles = [...byOpen.values()].toSorted((a, b) => a.openMs - b.openMs);
  return candles.length === 0 ? undefined : new CandleSeries(intervalMs, candles);
}
