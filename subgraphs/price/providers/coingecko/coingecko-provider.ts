import { type Clock, DAY_MS, HOUR_MS } from '../../../shared/clock.ts';
import { INTERVAL_MS } from '../../candles/candle-interval.ts';
import type { CloseInterval, MarketDataProvider, TokenId } from '../market-data-provider.ts';
import { failureKind } from '../provider-failure.ts';
import {
  type MarketAnswer,
  quoteOfMarket,
  readCandles,
  readCloses,
  readMarkets,
  sparklineOfMarket,
  statisticsOfMarket,
} from './answers.ts';
import type { CoinGeckoClient } from './coingecko-client.ts';

/** The longest page of `/coins/markets`. */
const PAGE_SIZE = 250;
/** Charts of 2 to 90 days are hourly; a day more than the week that hours are shown for. */
const HOURLY_DAYS = 8;
/** Completed days come out some ten minutes after midnight. */
const PUBLISH_DELAY_MS = 10 * 60_000;
const QUOTE_TTL_MS = 20_000;

/** The candles of the free plan: how many days back, and how long a candle then is. */
const CANDLE_SPANS = [
  { days: 1, intervalMs: 30 * 60_000 },
  { days: 30, intervalMs: 4 * HOUR_MS },
] as const;

/**
 * CoinGecko's REST API as a provider. One call each: `/coins/markets` for quotes and statistics (`/simple/price` knows
 * no change over an hour and a week) and for sparklines, `/market_chart` for closes, `/ohlc` for candles.
 *
 * @param clock - tells which candles are over, and how far back a span reaches
 * @param historyDays - how many days of daily closes the plan includes; charts of more than 90 days are daily
 * @see https://docs.coingecko.com/reference/coins-markets
 */
export function createCoinGeckoProvider(
  client: CoinGeckoClient,
  clock: Clock,
  historyDays: number | 'max',
): MarketDataProvider {
  const chartDays: Readonly<Record<CloseInterval, string>> = {
    ONE_HOUR: String(HOURLY_DAYS),
    ONE_DAY: String(historyDays),
  };
  const markets = async (
    ids: readonly TokenId[],
    signal: AbortSignal,
    fields: Readonly<Record<string, string>> = {},
  ): Promise<Map<TokenId, MarketAnswer>> =>
    readMarkets(
      await client.get(
        '/coins/markets',
        {
          vs_currency: 'usd',
          ids: ids.join(),
          per_page: String(PAGE_SIZE),
          page: '1',
          price_change_percentage: '1h,24h,7d',
          precision: 'full',
          ...fields,
        },
        signal,
      ),
    );

  return {
    name: 'coingecko',
    kind: 'AGGREGATOR',
    capabilities: {
      maxIdsPerQuote: PAGE_SIZE,
      currencies: ['USD'],
      quoteTtlMs: QUOTE_TTL_MS,
      publishDelayMs: PUBLISH_DELAY_MS,
    },
    get remainingQuota() {
      return client.remainingQuota;
    },
    async quotes(ids, _currency, signal) {
      const found = await markets(ids, signal);
      return mapPresent(ids, found, quoteOfMarket);
    },
    async statistics(ids, signal) {
      const found = await markets(ids, signal);
      return mapPresent(ids, found, statisticsOfMarket);
    },
    async sparklines(ids, signal) {
      const found = await markets(ids, signal, { sparkline: 'true' });
      return mapPresent(ids, found, sparklineOfMarket);
    },
    async closes(id, interval, signal) {
      const query = { vs_currency: 'usd', days: chartDays[interval], precision: 'full' };
      const body = await unlessUnknown(client.get(`/coins/${id}/market_chart`, query, signal));
      return body === undefined ? undefined : readCloses(body, INTERVAL_MS[interval]);
    },
    async candles(id, { intervalMs, currency, fromMs }, signal) {
      const span = candleSpan(intervalMs, clock.now() - fromMs);
      if (span === undefined || currency !== 'USD') return undefined;
      const query = { vs_currency: 'usd', days: String(span.days), precision: 'full' };
      const body = await unlessUnknown(client.get(`/coins/${id}/ohlc`, query, signal));
      return body === undefined ? undefined : readCandles(body, span.intervalMs, clock.now());
    },
  };
}

/** The shortest span that reaches back far enough and whose candles make up those asked for, else the longest. */
function candleSpan(intervalMs: number, reachMs: number) {
  const fitting = CANDLE_SPANS.filter((span) => intervalMs % span.intervalMs === 0);
  return fitting.find(({ days }) => reachMs <= days * DAY_MS) ?? fitting.at(-1);
}

/** Turns "no such token" into undefined. */
async function unlessUnknown(call: Promise<unknown>): Promise<unknown> {
  try {
    return await call;
  } catch (error) {
    if (failureKind(error) === 'NOT_FOUND') return undefined;
    throw error;
  }
}

/** Answers may hold fewer tokens than were asked for, and others: only what was asked for is taken. */
function mapPresent<Value>(
  ids: readonly TokenId[],
  found: ReadonlyMap<TokenId, MarketAnswer>,
  make: (row: MarketAnswer) => Value | undefined,
): Map<TokenId, Value> {
  const values = new Map<TokenId, Value>();
  for (const id of ids) {
    const row = found.get(id);
    const value = row && make(row);
    if (value !== undefined) values.set(id, value);
  }
  return values;
}
